#include "core/base/atomic_file.h"
#include "core/base/random.h"
#include "core/evaluate/class_metrics.h"
#include "core/evaluate/metrics/calibration.h"
#include "core/evaluate/metrics/label_check.h"
#include "core/evaluate/metrics/paired_models.h"
#include "core/evaluate/metrics/probability_scores.h"
#include "core/evaluate/metrics/ranking.h"
#include "core/evaluate/metrics/temperature.h"
#include "core/evaluate/metrics/threshold_table.h"
#include "tests/core/evaluate/made_answers.h"
#include "tests/support/golden.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <nlohmann/json.hpp>

#include <cmath>
#include <limits>

using namespace thaw;

namespace {

using GoldenJson = nlohmann::json;

/// Both sides add doubles, in another order: some 1e-13 apart.
constexpr double goldenTolerance = 1e-9;

double goldenNumber(const GoldenJson& value)
{
    return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
}

bool isGolden(double value, double expected)
{
    return std::isnan(expected) ? std::isnan(value) : std::abs(value - expected) <= goldenTolerance;
}

void compareNumber(double value, const GoldenJson& expected, const std::string& name)
{
    QVERIFY2(isGolden(value, goldenNumber(expected)),
             qPrintable(QString("%1: %2 instead of %3")
                            .arg(QString::fromStdString(name))
                            .arg(value, 0, 'g', 15)
                            .arg(goldenNumber(expected), 0, 'g', 15)));
}

template <typename Rows, typename Member>
void compareList(const Rows& rows, const Member& member, const GoldenJson& expected, const std::string& name)
{
    QCOMPARE(rows.size(), expected.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        compareNumber(std::invoke(member, rows[i]), expected[i], name + " " + std::to_string(i));
        if (QTest::currentTestFailed()) {
            return;
        }
    }
}

constexpr auto itself = [](double value) { return value; };

void compareIntervals(const std::vector<ClassMetrics>& metrics, AccuracyInterval ClassMetrics::*member,
                      const GoldenJson& expected)
{
    compareList(
        metrics, [&](const ClassMetrics& one) { return (one.*member).low; },
        [&] {
            GoldenJson lows = GoldenJson::array();
            for (const GoldenJson& each : expected) {
                lows.push_back(each[0]);
            }
            return lows;
        }(),
        "low");
    compareList(
        metrics, [&](const ClassMetrics& one) { return (one.*member).high; },
        [&] {
            GoldenJson highs = GoldenJson::array();
            for (const GoldenJson& each : expected) {
                highs.push_back(each[1]);
            }
            return highs;
        }(),
        "high");
}

void compareAverage(const AverageMetrics& average, const GoldenJson& expected)
{
    compareNumber(average.precision, expected.at("precision"), "average precision");
    compareNumber(average.recall, expected.at("recall"), "average recall");
    compareNumber(average.f1, expected.at("f1"), "average F1");
}

} // namespace

/// Every figure beside scikit-learn's, SciPy's and torchmetrics'.
class TestMetricsGolden : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        m_truth = GoldenJson::parse(readTextFile(test::goldenData() / "metrics.json", 4 << 20));
    }

    void figuresOfSets_data()
    {
        QTest::addColumn<int>("index");
        for (std::size_t i = 0; i < test::madeSets.size(); ++i) {
            QTest::newRow(test::madeSets[i].name.c_str()) << static_cast<int>(i);
        }
    }

    void figuresOfSets()
    {
        QFETCH(int, index);
        const test::MadeAnswers& made = test::madeSets[static_cast<std::size_t>(index)];
        const GoldenJson& truth = m_truth.at("sets").at(made.name);
        const Answers answers = test::madeAnswers(made);
        compareClasses(answers, truth);
        compareProbabilities(answers, truth);
        compareLabelCheck(answers, truth);
        if (truth.contains("curves")) {
            compareCurves(answers, truth.at("curves"));
            compareThresholds(answers, truth.at("thresholds"));
        }
    }

    void mcnemarOfPairs()
    {
        for (const GoldenJson& row : m_truth.at("mcnemar")) {
            const std::size_t first = row.at("first").get<double>();
            const std::size_t second = row.at("second").get<double>();
            compareNumber(mcnemarExact(first, second), row.at("p"), row.dump());
            compareNumber(mcnemarExact(second, first), row.at("p"), row.dump());
        }
    }

    void differencesOfModels()
    {
        for (const GoldenJson& row : m_truth.at("differences")) {
            const std::uint64_t seed = row.at("seed").get<double>();
            RandomStream random(mixKey({seed}));
            const std::size_t pictures = row.at("pictures").get<double>();
            std::vector<int> truths;
            std::vector<bool> first;
            std::vector<bool> second;
            for (std::size_t i = 0; i < pictures; ++i) {
                truths.push_back(static_cast<int>(random.below(3)));
            }
            for (std::size_t i = 0; i < pictures; ++i) {
                first.push_back(random.below(100) < 70);
            }
            for (std::size_t i = 0; i < pictures; ++i) {
                second.push_back(random.below(100) < 80);
            }
            const DifferenceInterval interval = differenceInterval(first, second, truths, {2000, seed});
            compareNumber(interval.difference, row.at("difference"), "difference");
            compareNumber(interval.low, row.at("low"), "low");
            compareNumber(interval.high, row.at("high"), "high");
        }
    }

private:
    static void compareClasses(const Answers& answers, const GoldenJson& truth)
    {
        const auto confusion = confusionOf(answers);
        const std::vector<ClassMetrics> metrics = classMetrics(confusion);
        compareList(metrics, &ClassMetrics::precision, truth.at("precision"), "precision");
        compareList(metrics, &ClassMetrics::recall, truth.at("recall"), "recall");
        compareList(metrics, &ClassMetrics::f1, truth.at("f1"), "F1");
        compareList(metrics, &ClassMetrics::images, truth.at("images"), "images");
        compareIntervals(metrics, &ClassMetrics::precisionInterval, truth.at("precision_interval"));
        compareIntervals(metrics, &ClassMetrics::recallInterval, truth.at("recall_interval"));
        compareAverage(macroAverage(metrics), truth.at("averages").at("macro"));
        compareAverage(weightedAverage(metrics), truth.at("averages").at("weighted"));
        compareNumber(balancedAccuracy(confusion), truth.at("balanced_accuracy"), "balanced accuracy");
    }

    static void compareProbabilities(const Answers& answers, const GoldenJson& truth)
    {
        const RankingFigures ranking = rankingFigures(answers);
        compareList(ranking.auc, itself, truth.at("auc"), "AUC");
        compareList(ranking.averagePrecision, itself, truth.at("average_precision"), "average precision");
        compareNumber(ranking.macroAuc, truth.at("areas").at("macro"), "macro AUC");
        compareNumber(ranking.weightedAuc, truth.at("areas").at("weighted"), "weighted AUC");
        compareNumber(logLoss(answers), truth.at("log_loss"), "log-loss");
        compareNumber(brierScore(answers), truth.at("brier"), "Brier score");
        const std::vector<ReliabilityBin> bins = reliabilityBins(answers);
        compareList(
            bins, [](const ReliabilityBin& bin) { return static_cast<double>(bin.images); }, truth.at("bins"),
            "pictures of bin");
        const CalibrationError error = calibrationError(bins);
        compareNumber(error.expected, truth.at("ece"), "ECE");
        compareNumber(error.largest, truth.at("mce"), "MCE");
        compareNumber(fittedTemperature(answers), truth.at("temperature"), "temperature");
    }

    static void compareLabelCheck(const Answers& answers, const GoldenJson& truth)
    {
        compareList(confidentThresholds(answers), itself, truth.at("usual_confidence"), "usual confidence");
        compareList(
            labelSuspects(answers), [](const LabelSuspect& one) { return static_cast<double>(one.picture); },
            truth.at("suspects"), "suspect");
    }

    static void compareCurves(const Answers& answers, const GoldenJson& truth)
    {
        for (std::size_t label = 0; label < answers.classes; ++label) {
            const auto steps = scoreSteps(answers, label);
            const auto roc = rocCurve(steps);
            const GoldenJson& expected = truth[label].at("roc");
            QVERIFY(std::isinf(roc.front().threshold)); // which JSON does not have
            compareList(std::vector(roc.begin() + 1, roc.end()), &RocPoint::threshold,
                        GoldenJson(expected.at("threshold").begin() + 1, expected.at("threshold").end()),
                        "ROC threshold");
            compareList(roc, &RocPoint::falsePositiveRate, expected.at("false_positive"), "false positives");
            compareList(roc, &RocPoint::truePositiveRate, expected.at("true_positive"), "true positives");
            const auto curve = precisionRecallCurve(steps);
            const GoldenJson& points = truth[label].at("precision_recall");
            compareList(curve, &PrecisionRecallPoint::threshold, points.at("threshold"), "threshold");
            compareList(curve, &PrecisionRecallPoint::precision, points.at("precision"), "precision at");
            compareList(curve, &PrecisionRecallPoint::recall, points.at("recall"), "recall at");
        }
    }

    static void compareThresholds(const Answers& answers, const GoldenJson& truth)
    {
        const std::vector<ThresholdFigures> table = thresholdTable(answers);
        compareList(table, &ThresholdFigures::threshold, truth.at("threshold"), "threshold");
        compareList(table, &ThresholdFigures::reached, truth.at("reached"), "reached");
        compareList(table, &ThresholdFigures::right, truth.at("right"), "right");
        compareList(table, &ThresholdFigures::precision, truth.at("precision"), "precision at");
        compareList(table, &ThresholdFigures::recall, truth.at("recall"), "recall at");
        compareList(table, &ThresholdFigures::f1, truth.at("f1"), "F1 at");
        compareList(table, &ThresholdFigures::coverage, truth.at("coverage"), "coverage at");
    }

    GoldenJson m_truth;
};

THAW_TEST(TestMetricsGolden)
#include "test_metrics_golden.moc"

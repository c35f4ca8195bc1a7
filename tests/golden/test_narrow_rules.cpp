#include "core/base/atomic_file.h"
#include "core/train/optimizer/epoch_rules.h"
#include "tests/support/golden.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <nlohmann/json.hpp>

#include <cmath>
#include <limits>

using namespace thaw;
using nlohmann::json;

namespace {

/// null stands for what is no number.
double numberIn(const json& value)
{
    return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
}

bool isSame(double value, double expected)
{
    return value == expected || (std::isnan(value) && std::isnan(expected));
}

/// The one rule that these settings ask for.
std::unique_ptr<EpochRule> onlyRule(const PhaseRecipe& settings)
{
    auto rules = rulesOf(settings);
    return rules.size() == 1 ? std::move(rules.front()) : nullptr;
}

} // namespace

/// Early stopping and smaller rates on a plateau, beside Keras's callbacks that were told the same losses.
class TestNarrowRules : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        m_truth = json::parse(readTextFile(test::goldenData() / "learning.json", 1 << 20));
    }

    void stopsWhereKerasStops_data() { addRows(); }

    void stopsWhereKerasStops()
    {
        QFETCH(int, number);
        const json& entry = m_truth.at("callbacks").at(static_cast<std::size_t>(number));
        for (const json& expected : entry.at("early_stopping")) {
            PhaseRecipe settings;
            settings.earlyStopping = {expected.at("patience"), expected.at("min_delta")};
            const auto rule = onlyRule(settings);
            QVERIFY(rule != nullptr);
            int stoppedAfter = 0;
            int epoch = 0;
            for (const json& loss : entry.at("losses")) {
                ++epoch;
                rule->epochEnded(numberIn(loss));
                if (rule->wantsToStop()) {
                    stoppedAfter = epoch;
                    break;
                }
            }
            const std::string what = expected.dump() + ": " + std::to_string(stoppedAfter);
            QVERIFY2(stoppedAfter == expected.at("stops_after").get<int>(), what.c_str());
            QVERIFY2(isSame(rule->state().at("best"), numberIn(expected.at("best"))), what.c_str());
            QVERIFY(!rule->learningRate());
        }
    }

    void ratesAreKerass_data() { addRows(); }

    void ratesAreKerass()
    {
        QFETCH(int, number);
        const json& entry = m_truth.at("callbacks").at(static_cast<std::size_t>(number));
        for (const json& expected : entry.at("reduce_on_plateau")) {
            PhaseRecipe settings;
            settings.learningRate = m_truth.at("rate");
            settings.reduceOnPlateau = {expected.at("factor"), expected.at("patience"),
                                        expected.at("min_delta"), expected.at("cooldown"),
                                        expected.at("min_rate")};
            const auto rule = onlyRule(settings);
            QVERIFY(rule != nullptr);
            QCOMPARE(expected.at("rates_after").size(), entry.at("losses").size());
            std::size_t epoch = 0;
            for (const json& loss : entry.at("losses")) {
                rule->epochEnded(numberIn(loss));
                // Keras holds rates in float32, the first one too; not a bit of them may differ.
                const auto rate = static_cast<float>(rule->learningRate().value_or(settings.learningRate));
                const json& keras = expected.at("rates_after").at(epoch++);
                QVERIFY2(rate == keras.get<float>(), qPrintable(QString::fromStdString(expected.dump()) +
                                                                QString(": %1 instead of %2 after epoch %3")
                                                                    .arg(double(rate))
                                                                    .arg(keras.get<double>())
                                                                    .arg(epoch)));
            }
            QVERIFY2(isSame(rule->state().at("best"), numberIn(expected.at("best"))),
                     expected.dump().c_str());
            QVERIFY(!rule->wantsToStop());
        }
    }

    // Keras takes a patience of 0 for 1; here it is how a recipe says "off".
    void noPatienceIsNoRule() { QVERIFY(rulesOf(PhaseRecipe{}).empty()); }

private:
    void addRows() const
    {
        QTest::addColumn<int>("number");
        int number = 0;
        for (const json& entry : m_truth.at("callbacks")) {
            QTest::newRow(entry.at("name").get<std::string>().c_str()) << number++;
        }
    }

    json m_truth;
};

THAW_TEST(TestNarrowRules)
#include "test_narrow_rules.moc"

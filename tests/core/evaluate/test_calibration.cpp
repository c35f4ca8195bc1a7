#include "core/evaluate/metrics/calibration.h"
#include "tests/core/evaluate/made_answers.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <cmath>

using namespace thaw;

class TestCalibration : public QObject
{
    Q_OBJECT

private slots:
    void manyClassesGoByTheLargest()
    {
        const Answers answers = test::answersOf(
            3, {{0, {0.5F, 0.25F, 0.25F}}, {1, {0.5F, 0.25F, 0.25F}}, {2, {0.125F, 0, 0.875F}}});
        const auto bins = reliabilityBins(answers, 4);
        QCOMPARE(bins.size(), std::size_t(5));    // and one of exactly 1
        QCOMPARE(bins[2].images, std::size_t(2)); // an edge belongs to the bin above it
        QCOMPARE(bins[2].confidence, 0.5);
        QCOMPARE(bins[2].accuracy, 0.5);
        QVERIFY(std::isnan(bins[0].accuracy));
        const CalibrationError error = calibrationError(bins);
        QCOMPARE(error.expected, 0.125 / 3);
        QCOMPARE(error.largest, 0.125);
    }

    // By the larger probability both answers would be as good: .75 sure, half of them right.
    void twoClassesGoByTheSecond()
    {
        const Answers answers = test::answersOf(2, {{0, {0.75F, 0.25F}}, {0, {0.25F, 0.75F}}});
        const CalibrationError error = calibrationError(reliabilityBins(answers));
        QCOMPARE(error.expected, (0.25 + 0.75) / 2);
        QCOMPARE(error.largest, 0.75);
    }

    void certaintyHasABinOfItsOwn()
    {
        const Answers answers = test::answersOf(2, {{1, {0, 1}}, {0, {1, 0}}, {0, {0, 1}}});
        const auto bins = reliabilityBins(answers);
        QCOMPARE(bins.back().images, std::size_t(2));
        QCOMPARE(bins.back().accuracy, 0.5);
        QCOMPARE(bins.front().images, std::size_t(1));
        QCOMPARE(bins[calibrationBins - 1].images, std::size_t(0));
        QCOMPARE(calibrationError(bins).expected, 1.0 / 3);
    }

    void ofNothingThereIsNoFigure()
    {
        const CalibrationError error = calibrationError(reliabilityBins(Answers{3, {}, {}}));
        QVERIFY(std::isnan(error.expected) && std::isnan(error.largest));
    }
};

THAW_TEST(TestCalibration)
#include "test_calibration.moc"

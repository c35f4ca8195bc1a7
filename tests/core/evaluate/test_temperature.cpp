#include "core/evaluate/metrics/probability_scores.h"
#include "core/evaluate/metrics/temperature.h"
#include "tests/core/evaluate/made_answers.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <cmath>

using namespace thaw;

class TestTemperature : public QObject
{
    Q_OBJECT

private slots:
    // 80 % sure by odds of 4, right in 3 of 4: odds of 3 would be true, and 4^(1/T) = 3.
    void oddsBecomeTheTrueOnes()
    {
        const std::vector<float> sure{0.8F, 0.2F};
        const Answers answers = test::answersOf(2, {{0, sure}, {0, sure}, {0, sure}, {1, sure}});
        const double temperature = fittedTemperature(answers);
        QVERIFY(std::abs(temperature - std::log(4) / std::log(3)) < 1e-6); // 0.8 is a float32
        const Answers cooler = atTemperature(answers, temperature);
        QVERIFY(std::abs(cooler.probability(0, 0) - 0.75F) < 1e-6F);
        QVERIFY(logLoss(cooler) < logLoss(answers));
    }

    void noClassChanges()
    {
        const Answers answers = test::madeAnswers(test::madeSets[3]);
        const double temperature = fittedTemperature(answers);
        const Answers scaled = atTemperature(answers, temperature);
        for (std::size_t i = 0; i < answers.size(); ++i) {
            QCOMPARE(scaled.label(i), answers.label(i));
        }
        QVERIFY(logLoss(scaled) < logLoss(answers));
        QVERIFY(std::abs(fittedTemperature(scaled) - 1) < 1e-4); // float32 probabilities
    }

    void theEndsOfTheRange()
    {
        QCOMPARE(fittedTemperature(Answers{2, {}, {}}), 1.0);
        QCOMPARE(fittedTemperature(test::answersOf(2, {{1, {0.25F, 0.75F}}})), leastTemperature); // all right
        QCOMPARE(fittedTemperature(test::answersOf(2, {{0, {0.25F, 0.75F}}})), largestTemperature);
        QCOMPARE(fittedTemperature(test::answersOf(2, {{0, {0.5F, 0.5F}}})), 1.0); // nothing to scale
        const Answers certain = test::answersOf(2, {{1, {0, 1}}, {0, {0, 1}}, {0, {1, 0}}, {0, {1, 0}}});
        QVERIFY(std::isfinite(logLoss(atTemperature(certain, fittedTemperature(certain)))));
    }
};

THAW_TEST(TestTemperature)
#include "test_temperature.moc"

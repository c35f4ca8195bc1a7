#include "core/evaluate/metrics/probability_scores.h"
#include "tests/core/evaluate/made_answers.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <cmath>

using namespace thaw;

class TestProbabilityScores : public QObject
{
    Q_OBJECT

private slots:
    void byHand()
    {
        const Answers two = test::answersOf(2, {{0, {0.75F, 0.25F}}, {1, {0.5F, 0.5F}}});
        QCOMPARE(logLoss(two), -(std::log(0.75) + std::log(0.5)) / 2);
        QCOMPARE(brierScore(two), (0.0625 + 0.25) / 2);
        const Answers three = test::answersOf(3, {{0, {0.5F, 0.25F, 0.25F}}});
        QCOMPARE(brierScore(three), 0.25 + 0.0625 + 0.0625);
    }

    // One sure mistake among a thousand must not hide the rest.
    void sureMistakesStayFinite()
    {
        const Answers wrong = test::answersOf(2, {{0, {0, 1}}});
        QVERIFY(std::abs(logLoss(wrong) - 52 * std::log(2.0)) < 1e-12); // −ln 2⁻⁵², by one rounding
        QCOMPARE(brierScore(wrong), 1.0);
        const Answers right = test::answersOf(2, {{1, {0, 1}}});
        QVERIFY(logLoss(right) >= 0 && logLoss(right) < 1e-15);
        QCOMPARE(brierScore(right), 0.0);
    }

    void ofNothingThereIsNoFigure()
    {
        const Answers none{3, {}, {}};
        QVERIFY(std::isnan(logLoss(none)) && std::isnan(brierScore(none)));
    }
};

THAW_TEST(TestProbabilityScores)
#include "test_probability_scores.moc"

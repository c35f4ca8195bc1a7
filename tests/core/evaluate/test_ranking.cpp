#include "core/evaluate/metrics/ranking.h"
#include "tests/core/evaluate/made_answers.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <cmath>

using namespace thaw;

class TestRanking : public QObject
{
    Q_OBJECT

private slots:
    void byHand()
    {
        // Scores .9 +, .8 −, .7 +, .6 −: of the four pairs three are in order.
        const auto steps = scoreSteps({0.6F, 0.9F, 0.7F, 0.8F}, {false, true, true, false});
        QCOMPARE(steps.size(), std::size_t(4));
        QCOMPARE(rocArea(steps), 0.75);
        QCOMPARE(averagePrecision(steps), 0.5 * 1 + 0.5 * 2 / 3);
        const auto roc = rocCurve(steps);
        QCOMPARE(roc.size(), std::size_t(5));
        QCOMPARE(roc[1].truePositiveRate, 0.5);
        QCOMPARE(roc[1].falsePositiveRate, 0.0);
        QCOMPARE(roc.back().falsePositiveRate, 1.0);
    }

    // What scores the same comes at once: neither order of the two would be true.
    void tiesCountHalf()
    {
        const auto steps = scoreSteps({0.5F, 0.5F, 0.5F}, {true, false, true});
        QCOMPARE(steps.size(), std::size_t(1));
        QCOMPARE(rocArea(steps), 0.5);
        QCOMPARE(averagePrecision(steps), 2.0 / 3);
    }

    void perfectAndWorst()
    {
        QCOMPARE(rocArea(scoreSteps({1.0F, 0.0F}, {true, false})), 1.0);
        QCOMPARE(rocArea(scoreSteps({1.0F, 0.0F}, {false, true})), 0.0);
        QCOMPARE(averagePrecision(scoreSteps({1.0F, 0.0F}, {false, true})), 0.5);
    }

    void ofOneKindNothingIsDefined()
    {
        const auto positives = scoreSteps({0.2F, 0.4F}, {true, true});
        QVERIFY(std::isnan(rocArea(positives)) && rocCurve(positives).empty());
        QCOMPARE(averagePrecision(positives), 1.0);
        const auto negatives = scoreSteps({0.2F, 0.4F}, {false, false});
        QVERIFY(std::isnan(rocArea(negatives)) && std::isnan(averagePrecision(negatives)));
        QVERIFY(precisionRecallCurve(negatives).empty());
        QVERIFY(std::isnan(rocArea({})) && std::isnan(averagePrecision({})));
    }

    // A class without pictures has no figure, and spoils no mean.
    void meansAreOverWhatIsDefined()
    {
        const Answers answers =
            test::answersOf(3, {{0, {0.8F, 0.1F, 0.1F}}, {0, {0.3F, 0.6F, 0.1F}}, {1, {0.2F, 0.5F, 0.3F}}});
        const RankingFigures figures = rankingFigures(answers);
        QCOMPARE(figures.auc[0], 1.0);
        QCOMPARE(figures.auc[1], 0.5);
        QVERIFY(std::isnan(figures.auc[2]) && std::isnan(figures.averagePrecision[2]));
        QCOMPARE(figures.macroAuc, 0.75);
        QCOMPARE(figures.weightedAuc, 2.5 / 3);
        QCOMPARE(figures.macroAveragePrecision, 0.75);
        QVERIFY(std::isnan(rankingFigures(Answers{2, {}, {}}).macroAuc));
    }
};

THAW_TEST(TestRanking)
#include "test_ranking.moc"

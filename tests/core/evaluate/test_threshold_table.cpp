#include "core/evaluate/metrics/threshold_table.h"
#include "tests/core/evaluate/made_answers.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <cmath>

using namespace thaw;

namespace {

/// Of the second class: .9, .8, .4; of the first: .8, .3.
Answers fiveOfTwo()
{
    const auto row = [](float second) { return std::vector<float>{1 - second, second}; };
    return test::answersOf(
        2, {{1, row(0.875F)}, {1, row(0.75F)}, {1, row(0.25F)}, {0, row(0.75F)}, {0, row(0.125F)}});
}

Answers fourOfThree()
{
    return test::answersOf(3, {{0, {0.75F, 0.25F, 0}},
                               {1, {0.5F, 0.25F, 0.25F}},
                               {2, {0.25F, 0.25F, 0.5F}},
                               {1, {0.125F, 0.375F, 0.5F}}});
}

} // namespace

class TestThresholdTable : public QObject
{
    Q_OBJECT

private slots:
    void ofTwoClassesTheSecondIsLookedFor()
    {
        const auto table = thresholdTable(fiveOfTwo());
        QCOMPARE(table.size(), std::size_t(4)); // two have the same score
        QCOMPARE(table[1].threshold, 0.75);
        QCOMPARE(table[1].reached, std::size_t(3));
        QCOMPARE(table[1].right, std::size_t(2));
        QCOMPARE(table[1].missed, std::size_t(1));
        QCOMPARE(table[1].falseAlarms(), std::size_t(1));
        QCOMPARE(table[1].precision, 2.0 / 3);
        QCOMPARE(table[1].recall, 2.0 / 3);
        QCOMPARE(table[1].f1, 2.0 / 3);
        QCOMPARE(table[1].coverage, 0.6);
        QCOMPARE(table.back().recall, 1.0);
    }

    void ofMoreClassesTheUnsureAreLeftOpen()
    {
        const auto table = thresholdTable(fourOfThree());
        QCOMPARE(table.size(), std::size_t(2));
        QCOMPARE(table[0].reached, std::size_t(1));
        QCOMPARE(table[0].precision, 1.0);
        QCOMPARE(table[0].recall, 0.25);
        QCOMPARE(table[0].missed, std::size_t(3));
        QCOMPARE(table[1].precision, 0.5); // accuracy, when all are answered
        QCOMPARE(table[1].recall, 0.5);
        QCOMPARE(table[1].coverage, 1.0);
    }

    void choices()
    {
        const auto table = thresholdTable(fiveOfTwo());
        QCOMPARE(bestF1(table)->threshold, 0.25); // 3 of 4, and all three
        QCOMPARE(withPrecision(table, 0.75)->threshold, 0.25);
        QCOMPARE(withPrecision(table, 0.8)->threshold, 0.875);
        QVERIFY(!withPrecision(table, 1.01));
        QCOMPARE(leastCost(table, 1, 10)->threshold, 0.875); // an alarm is dear
        QCOMPARE(leastCost(table, 10, 1)->threshold, 0.25);  // a miss is
        QCOMPARE(leastCost(table, 0, 0)->threshold, 0.875);  // all the same: the highest
        QVERIFY(!bestF1({}) && !withPrecision({}, 0) && !leastCost({}, 1, 1));
    }

    void atAnyThreshold()
    {
        const ThresholdFigures figures = figuresAt(fiveOfTwo(), 0.5);
        QCOMPARE(figures.threshold, 0.5);
        QCOMPARE(figures.reached, std::size_t(3));
        QCOMPARE(figuresAt(fiveOfTwo(), 0.75).reached, std::size_t(3)); // the threshold itself reaches it
        const ThresholdFigures none = figuresAt(fiveOfTwo(), 1);
        QCOMPARE(none.reached, std::size_t(0));
        QVERIFY(std::isnan(none.precision));
        QCOMPARE(none.recall, 0.0);
        QCOMPARE(none.f1, 0.0);
        QVERIFY(std::isnan(figuresAt(Answers{2, {}, {}}, 0.5).coverage));
    }

    void noneOfTheSecondClass()
    {
        const auto table = thresholdTable(test::answersOf(2, {{0, {0.5F, 0.5F}}, {0, {0.25F, 0.75F}}}));
        QCOMPARE(table[0].precision, 0.0);
        QVERIFY(std::isnan(table[0].recall));
        QCOMPARE(bestF1(table)->f1, 0.0);
    }

    void confusionByThreshold()
    {
        const ThresholdConfusion two = confusionAt(fiveOfTwo(), 0.5);
        QCOMPARE(two.confusion, (std::vector<std::vector<int>>{{1, 1}, {1, 2}}));
        QCOMPARE(two.uncertain, (std::vector<int>{0, 0}));
        const ThresholdConfusion three = confusionAt(fourOfThree(), 0.625);
        QCOMPARE(three.confusion, (std::vector<std::vector<int>>{{1, 0, 0}, {0, 0, 0}, {0, 0, 0}}));
        QCOMPARE(three.uncertain, (std::vector<int>{0, 2, 1}));
    }
};

THAW_TEST(TestThresholdTable)
#include "test_threshold_table.moc"

#include "core/evaluate/metrics/paired_models.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <cmath>

using namespace thaw;

class TestPairedModels : public QObject
{
    Q_OBJECT

private slots:
    void fourSets()
    {
        const PairedCounts counts =
            pairedCounts({true, true, false, false, false}, {true, false, true, true, false});
        QCOMPARE(counts.bothRight, std::size_t(1));
        QCOMPARE(counts.onlyFirst, std::size_t(1));
        QCOMPARE(counts.onlySecond, std::size_t(2));
        QCOMPARE(counts.bothWrong, std::size_t(1));
    }

    // More in tests/golden: scipy.stats.binomtest.
    void exactByHand()
    {
        QCOMPARE(mcnemarExact(0, 0), 1.0);
        QCOMPARE(mcnemarExact(3, 3), 1.0);
        QCOMPARE(mcnemarExact(0, 6), 2.0 / 64);
        QCOMPARE(mcnemarExact(6, 0), 2.0 / 64);
        QVERIFY(std::abs(mcnemarExact(1, 5) - 14.0 / 64) < 1e-15);
        QVERIFY(mcnemarExact(0, 5000) >= 0 && mcnemarExact(0, 5000) < 1e-300); // no overflow, no NaN
    }

    void theSameSeedGivesTheSameInterval()
    {
        std::vector<bool> first;
        std::vector<bool> second;
        std::vector<int> truths;
        for (int i = 0; i < 200; ++i) {
            first.push_back(i % 4 != 0);
            second.push_back(i % 10 != 0);
            truths.push_back(i % 3);
        }
        const DifferenceInterval interval = differenceInterval(first, second, truths);
        QCOMPARE(interval.difference, 0.9 - 0.75);
        QVERIFY(interval.low < interval.difference && interval.high > interval.difference);
        QVERIFY(interval.high - interval.low < 0.15); // 2 · 1.96 · 0.5/√200 at the most
        const DifferenceInterval again = differenceInterval(first, second, truths);
        QVERIFY(again.low == interval.low && again.high == interval.high);
        const DifferenceInterval turned = differenceInterval(second, first, truths);
        QCOMPARE(turned.difference, -interval.difference);
    }

    void nothingToDraw()
    {
        const DifferenceInterval same = differenceInterval({true, false}, {true, false}, {0, 1});
        QVERIFY(same.low == 0 && same.high == 0 && same.difference == 0);
        // Of one picture a class every draw is the same: the interval says nothing, and is no wider for it.
        const DifferenceInterval single = differenceInterval({false}, {true}, {0});
        QVERIFY(single.low == 1 && single.high == 1);
        QVERIFY(std::isnan(differenceInterval({}, {}, {}).difference));
    }
};

THAW_TEST(TestPairedModels)
#include "test_paired_models.moc"

#include "core/base/random.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <algorithm>
#include <cmath>

using namespace thaw;

class TestRandom : public QObject
{
    Q_OBJECT

private slots:
    // These values are fixed for ever: a run is repeated by them.
    void streamNeverChanges()
    {
        RandomStream random(mixKey({1, 2, 3}));
        const std::uint64_t first = random.next();
        const std::uint64_t second = random.next();
        RandomStream again(mixKey({1, 2, 3}));
        QCOMPARE(again.next(), first);
        QCOMPARE(again.next(), second);
        QVERIFY(mixKey({1, 2, 3}) != mixKey({3, 2, 1}));
        QVERIFY(mixKey({1}) != mixKey({1, 0}));
        QCOMPARE(mixKey({}), 0x9E3779B97F4A7C15ull);
        QCOMPARE(first, 0xed24dcf66f47d12bull);
    }

    void uniformHasTheRightMoments()
    {
        RandomStream random(7);
        double sum = 0;
        double squares = 0;
        constexpr int n = 100'000;
        for (int i = 0; i < n; ++i) {
            const double value = random.uniform(-1, 3);
            QVERIFY(value >= -1 && value < 3);
            sum += value;
            squares += value * value;
        }
        // Five standard errors: 5 · (4/√12)/√n = 0.018 for the mean, 0.03 for the variance.
        QVERIFY(std::abs(sum / n - 1) < 0.018);
        QVERIFY(std::abs(squares / n - 1 - 16.0 / 12) < 0.06);
    }

    void normalHasTheRightMoments()
    {
        RandomStream random(8);
        double sum = 0;
        double squares = 0;
        constexpr int n = 100'000;
        for (int i = 0; i < n; ++i) {
            const double value = random.normal();
            sum += value;
            squares += value * value;
        }
        QVERIFY(std::abs(sum / n) < 0.016);         // 5/√n
        QVERIFY(std::abs(squares / n - 1) < 0.023); // 5·√2/√n
    }

    void belowIsEven()
    {
        RandomStream random(9);
        std::array<int, 7> counts{};
        for (int i = 0; i < 70'000; ++i) {
            ++counts[random.below(7)];
        }
        // Five standard deviations of a binomial with n = 70,000, p = 1/7: 463.
        for (int count : counts) {
            QVERIFY(std::abs(count - 10'000) < 463);
        }
    }

    void permutationHoldsEachIndexOnce()
    {
        auto order = permutation(1000, 5);
        QVERIFY(order != permutation(1000, 6));
        QCOMPARE(order, permutation(1000, 5));
        QVERIFY(!std::is_sorted(order.begin(), order.end()));
        std::sort(order.begin(), order.end());
        for (std::uint32_t i = 0; i < 1000; ++i) {
            QCOMPARE(order[i], i);
        }
        QVERIFY(permutation(0, 1).empty());
    }
};

THAW_TEST(TestRandom)
#include "test_random.moc"

#include "core/data/split.h"

#include <QTest>

#include <algorithm>
#include <array>

using namespace thaw;

namespace {

/// Samples per split of one class.
std::array<int, 3> counts(const std::vector<int>& labels, const std::vector<Split>& splits, int label)
{
    std::array<int, 3> result{};
    for (std::size_t i = 0; i < labels.size(); ++i) {
        if (labels[i] == label) {
            ++result[static_cast<std::size_t>(splits[i])];
        }
    }
    return result;
}

std::array<int, 3> countsOf(int samples, const SplitShares& shares)
{
    const std::vector<int> labels(static_cast<std::size_t>(samples), 0);
    return counts(labels, stratifiedSplit(labels, 1, shares, 1), 0);
}

using Counts = std::array<int, 3>;

} // namespace

class TestSplit : public QObject
{
    Q_OBJECT

private slots:
    void names()
    {
        for (const Split split : allSplits) {
            QCOMPARE(splitFromName(nameOf(split)), std::optional(split));
        }
        QCOMPARE(splitFromName("Val"), std::optional(Split::Validation));
        QCOMPARE(splitFromName("VALID"), std::optional(Split::Validation));
        QCOMPARE(splitFromName("TEST"), std::optional(Split::Test));
        QVERIFY(!splitFromName("training"));
        QVERIFY(!splitFromName(""));
    }

    void everyClassIsCutByTheShares()
    {
        std::vector<int> labels;
        for (int i = 0; i < 150; ++i) {
            labels.push_back(i % 3 == 0 ? 1 : 0);
        }
        const auto splits = stratifiedSplit(labels, 2, {0.2, 0.1}, 7);
        QCOMPARE(counts(labels, splits, 0), (Counts{70, 20, 10}));
        QCOMPARE(counts(labels, splits, 1), (Counts{35, 10, 5}));
    }

    void seedAndOnlySeedDecides()
    {
        const std::vector<int> labels(100, 0);
        QCOMPARE(stratifiedSplit(labels, 1, {}, 3), stratifiedSplit(labels, 1, {}, 3));
        QVERIFY(stratifiedSplit(labels, 1, {}, 3) != stratifiedSplit(labels, 1, {}, 4));
        // Another class beside it changes nothing for this one.
        std::vector<int> more = labels;
        more.insert(more.end(), 10, 1);
        const auto alone = stratifiedSplit(labels, 1, {}, 3);
        const auto beside = stratifiedSplit(more, 2, {}, 3);
        QVERIFY(std::equal(alone.begin(), alone.end(), beside.begin()));
    }

    void validationIsNotTheSamePlaceInEachClass()
    {
        const std::vector<int> labels = [] {
            std::vector<int> both(200, 0);
            std::fill(both.begin() + 100, both.end(), 1);
            return both;
        }();
        const auto splits = stratifiedSplit(labels, 2, {}, 1);
        QVERIFY(!std::equal(splits.begin(), splits.begin() + 100, splits.begin() + 100));
    }

    void smallClasses()
    {
        QCOMPARE(countsOf(0, {0.2, 0.2}), (Counts{0, 0, 0}));
        QCOMPARE(countsOf(1, {0.2, 0.2}), (Counts{1, 0, 0}));
        QCOMPARE(countsOf(2, {0.2, 0.2}), (Counts{2, 0, 0}));
        QCOMPARE(countsOf(3, {0.2, 0.2}), (Counts{1, 1, 1}));
        QCOMPARE(countsOf(2, {0.2, 0.0}), (Counts{1, 1, 0}));
        QCOMPARE(countsOf(2, {0.5, 0.49}), (Counts{1, 1, 0}));
        QCOMPARE(countsOf(3, {0.6, 0.39}), (Counts{1, 1, 1}));
        QCOMPARE(countsOf(10, {0.0, 0.0}), (Counts{10, 0, 0}));
        QCOMPARE(countsOf(10, {0.2, 0.2}), (Counts{6, 2, 2}));
    }
};

QTEST_GUILESS_MAIN(TestSplit)
#include "test_split.moc"

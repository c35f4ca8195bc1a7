#include "core/data/dataset/split.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

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
    return counts(labels, stratifiedSplit(labels, 1, shares), 0);
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
        QCOMPARE(splitFromName("Training"), std::optional(Split::Train));
        QCOMPARE(splitFromName("testing"), std::optional(Split::Test));
        QCOMPARE(splitFromName("dev"), std::optional(Split::Validation));
        for (const char* name : {"eval", "Evaluation", "validate"}) {
            QCOMPARE(splitFromName(name), std::optional(Split::Validation));
        }
        QCOMPARE(splitFromName("HoldOut"), std::optional(Split::Test));
        QCOMPARE(splitFromName("trainval"), std::optional(Split::Train));
        QVERIFY(isEvaluationWord("EVAL") && !isEvaluationWord("val") && !isEvaluationWord("evaluated"));
        QVERIFY(splitWords().starts_with("train, ") && splitWords().ends_with(", holdout"));
        QVERIFY(!splitFromName("trained"));
        QVERIFY(!splitFromName(""));
    }

    void everyClassIsCutByTheShares()
    {
        std::vector<int> labels;
        for (int i = 0; i < 150; ++i) {
            labels.push_back(i % 3 == 0 ? 1 : 0);
        }
        const auto splits = stratifiedSplit(labels, 2, {0.2, 0.1, 7});
        QCOMPARE(counts(labels, splits, 0), (Counts{70, 20, 10}));
        QCOMPARE(counts(labels, splits, 1), (Counts{35, 10, 5}));
    }

    void seedAndOnlySeedDecides()
    {
        const std::vector<int> labels(100, 0);
        const SplitShares third{0.2, 0.2, 3};
        QCOMPARE(stratifiedSplit(labels, 1, third), stratifiedSplit(labels, 1, third));
        QVERIFY(stratifiedSplit(labels, 1, third) != stratifiedSplit(labels, 1, {0.2, 0.2, 4}));
        // Another class beside it changes nothing for this one.
        std::vector<int> more = labels;
        more.insert(more.end(), 10, 1);
        const auto alone = stratifiedSplit(labels, 1, third);
        const auto beside = stratifiedSplit(more, 2, third);
        QVERIFY(std::equal(alone.begin(), alone.end(), beside.begin()));
    }

    void validationIsNotTheSamePlaceInEachClass()
    {
        const std::vector<int> labels = [] {
            std::vector<int> both(200, 0);
            std::fill(both.begin() + 100, both.end(), 1);
            return both;
        }();
        const auto splits = stratifiedSplit(labels, 2, {0.2, 0.2, 1});
        QVERIFY(!std::equal(splits.begin(), splits.begin() + 100, splits.begin() + 100));
    }

    void smallClasses()
    {
        QCOMPARE(countsOf(0, {0.2, 0.2}), (Counts{0, 0, 0}));
        QCOMPARE(countsOf(1, {0.2, 0.2}), (Counts{1, 0, 0}));
        QCOMPARE(countsOf(2, {0.2, 0.2}), (Counts{1, 0, 1}));
        QCOMPARE(countsOf(3, {0.2, 0.2}), (Counts{1, 1, 1}));
        QCOMPARE(countsOf(2, {0.2, 0.0}), (Counts{1, 1, 0}));
        QCOMPARE(countsOf(2, {0.0, 0.2}), (Counts{1, 0, 1}));
        QCOMPARE(countsOf(2, {0.5, 0.49}), (Counts{1, 0, 1}));
        QCOMPARE(countsOf(3, {0.6, 0.39}), (Counts{1, 1, 1}));
        QCOMPARE(countsOf(10, {0.0, 0.0}), (Counts{10, 0, 0}));
        QCOMPARE(countsOf(10, {0.2, 0.2}), (Counts{6, 2, 2}));
    }

    void theTestIsDealtBeforeAndWithoutTheRest()
    {
        for (const double share : {0.0, 0.001, 0.2, 0.49, 0.9}) {
            for (int samples = 0; samples <= 40; ++samples) {
                const std::vector<int> labels(static_cast<std::size_t>(samples), 0);
                const auto testOf = [&](double validation) {
                    auto splits = stratifiedSplit(labels, 1, {validation, share, 5});
                    std::replace(splits.begin(), splits.end(), Split::Validation, Split::Train);
                    return splits;
                };
                for (const double validation : {0.001, 0.05, 0.0999}) {
                    QCOMPARE(testOf(validation), testOf(0));
                }
                if (share < 0.5) {
                    QCOMPARE(testOf(0.5), testOf(0));
                }
            }
        }
    }

    void recipesOfVersion1KeepTheirSplit()
    {
        // As dealt by the program that wrote them (commit 04c2554).
        std::vector<int> labels;
        for (int i = 0; i < 40; ++i) {
            labels.push_back(i % 3 == 0 ? 1 : i % 7 == 0 ? 2 : 0);
        }
        const auto dealt = [&](double validation, double testShare, std::uint64_t seed) {
            std::string letters;
            const SplitShares shares{validation, testShare, seed, SplitOrder::ValidationFirst};
            for (const Split split : stratifiedSplit(labels, 3, shares)) {
                letters += split == Split::Train ? 't' : split == Split::Validation ? 'v' : 'e';
            }
            return letters;
        };
        QCOMPARE(dealt(0.2, 0.2, 0), std::string("ttvveevttttvtevtttetvvttttvtttteteteettt"));
        QCOMPARE(dealt(0.25, 0.1, 7), std::string("tetvttttvttvtvvetttttvtttvtvtvtettvetttv"));
        QCOMPARE(dealt(0, 0.3, 9007199254740991), std::string("ttettttttettetetteettttettetteetttttteet"));
        const std::vector<int> two(2, 0);
        QCOMPARE(stratifiedSplit(two, 1, {0.2, 0.2, 0, SplitOrder::ValidationFirst}),
                 (std::vector<Split>{Split::Train, Split::Train}));
    }

    void holdsForAnySizeAndShares()
    {
        for (const SplitShares& shares :
             {SplitShares{0.2, 0.2}, SplitShares{0.1, 0.0}, SplitShares{0.0, 0.3}, SplitShares{0.45, 0.5},
              SplitShares{0.001, 0.001}, SplitShares{0.0, 0.0}})
        {
            for (int samples = 0; samples <= 120; ++samples) {
                const Counts found = countsOf(samples, shares);
                QCOMPARE(found[0] + found[1] + found[2], samples);
                QVERIFY(samples == 0 || found[0] >= 1);
                const std::array<double, 2> asked{shares.validation, shares.test};
                for (std::size_t part = 0; part < 2; ++part) {
                    const int count = found[part + 1];
                    QVERIFY(asked[part] > 0 || count == 0);
                    QVERIFY(asked[part] == 0 || samples < 3 || count >= 1);
                    // Half a picture of rounding, and one moved so that no part stays empty.
                    QVERIFY(std::abs(count - asked[part] * samples) <= 1.5);
                }
            }
        }
    }

    void everyClassIsCutAlikeHoweverTheyAreMixed()
    {
        const std::vector<int> sizes{3, 10, 57, 200, 1};
        std::vector<int> labels;
        for (std::size_t label = 0; label < sizes.size(); ++label) {
            labels.insert(labels.end(), static_cast<std::size_t>(sizes[label]), static_cast<int>(label));
        }
        std::vector<int> mixed(labels.size());
        for (std::size_t i = 0; i < labels.size(); ++i) {
            mixed[i * 100 % labels.size()] = labels[i]; // 271 is a prime
        }
        SplitShares shares{0.15, 0.25};
        for (std::uint64_t seed = 0; seed < 20; ++seed) {
            shares.seed = seed;
            const auto inOrder = stratifiedSplit(labels, 5, shares);
            const auto inDisorder = stratifiedSplit(mixed, 5, shares);
            for (int label = 0; label < 5; ++label) {
                QCOMPARE(counts(labels, inOrder, label),
                         countsOf(sizes[static_cast<std::size_t>(label)], shares));
                QCOMPARE(counts(mixed, inDisorder, label), counts(labels, inOrder, label));
            }
        }
    }

    void everySampleGetsEachRoleInTime()
    {
        // A split that favours places would show: 400 seeds, a share of 0.25 each, expected 100.
        constexpr int seeds = 400;
        const std::vector<int> labels(8, 0);
        std::array<std::array<int, 3>, 8> roles{};
        for (std::uint64_t seed = 0; seed < seeds; ++seed) {
            const auto splits = stratifiedSplit(labels, 1, {0.25, 0.25, seed});
            for (std::size_t i = 0; i < splits.size(); ++i) {
                ++roles[i][static_cast<std::size_t>(splits[i])];
            }
        }
        for (const auto& sample : roles) {
            // Five standard deviations of a binomial count, √(400·¼·¾) = 8.7.
            QVERIFY(std::abs(sample[1] - 100) < 44 && std::abs(sample[2] - 100) < 44);
        }
    }
};

THAW_TEST(TestSplit)
#include "test_split.moc"

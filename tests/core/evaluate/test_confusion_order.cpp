#include "core/base/random.h"
#include "core/evaluate/metrics/confusion_order.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <algorithm>

using namespace thaw;

using ConfusionCounts = std::vector<std::vector<int>>;
using Labels = std::vector<std::size_t>;

class TestConfusionOrder : public QObject
{
    Q_OBJECT

private slots:
    void byNameSizeAndRecall()
    {
        const ConfusionCounts confusion{{2, 2, 0, 0}, {0, 9, 1, 0}, {0, 0, 4, 0}, {0, 0, 0, 0}};
        const std::vector<std::string> names{"c10", "c9", "a", "b"};
        QCOMPARE(classOrder(confusion, names, ClassOrder::Name), (Labels{2, 3, 1, 0}));
        QCOMPARE(classOrder(confusion, names, ClassOrder::Size),
                 (Labels{1, 2, 0, 3})); // of four each: by name
        QCOMPARE(classOrder(confusion, names, ClassOrder::Recall), (Labels{0, 1, 2, 3}));
        for (const ClassOrder order :
             {ClassOrder::Name, ClassOrder::Size, ClassOrder::Recall, ClassOrder::Clusters}) {
            QVERIFY(classOrder({}, {}, order).empty());
            QCOMPARE(classOrder({{0}}, {"x"}, order), (Labels{0}));
        }
    }

    // A chain of pairs: 0–3 most, then 3–1, and 2 with nothing.
    void whatIsConfusedLiesSideBySide()
    {
        const ConfusionCounts confusion{{5, 0, 0, 5}, {0, 8, 0, 2}, {0, 0, 9, 0}, {4, 1, 0, 5}};
        QCOMPARE(classOrder(confusion, {"a", "b", "c", "d"}, ClassOrder::Clusters), (Labels{0, 3, 1, 2}));
    }

    // Blocks of classes that are confused among themselves, dealt at random, are found again.
    void plantedBlocksAreFound()
    {
        constexpr std::size_t classes = 60;
        constexpr std::size_t blocks = 12;
        RandomStream random(9);
        const std::vector<std::uint32_t> dealt = permutation(classes, 10);
        ConfusionCounts confusion(classes, std::vector<int>(classes));
        std::vector<std::string> names;
        for (std::size_t a = 0; a < classes; ++a) {
            names.push_back("class " + std::to_string(a));
            for (std::size_t b = 0; b < classes; ++b) {
                const bool together = dealt[a] % blocks == dealt[b] % blocks;
                confusion[a][b] = a == b     ? 100
                                  : together ? 5 + static_cast<int>(random.below(5))
                                             : static_cast<int>(random.below(2));
            }
        }
        const Labels order = classOrder(confusion, names, ClassOrder::Clusters);
        Labels sorted = order;
        std::sort(sorted.begin(), sorted.end());
        for (std::size_t i = 0; i < classes; ++i) {
            QCOMPARE(sorted[i], i); // each once
        }
        std::size_t borders = 0;
        for (std::size_t i = 1; i < classes; ++i) {
            borders += dealt[order[i - 1]] % blocks != dealt[order[i]] % blocks ? 1 : 0;
        }
        QCOMPARE(borders, blocks - 1);
    }

    void mistakesByNumber()
    {
        const ConfusionCounts confusion{{5, 3, 3}, {0, 8, 0}, {1, 7, 9}};
        QCOMPARE(*mostConfusedWith(confusion, 0), std::size_t(1)); // of equal ones the first
        QVERIFY(!mostConfusedWith(confusion, 1));
        QCOMPARE(*mostConfusedWith(confusion, 2), std::size_t(1));
        const auto largest = largestConfusions(confusion);
        QCOMPARE(largest.size(), std::size_t(4));
        QCOMPARE(largest[0].images, 7);
        QCOMPARE(largest[0].truth, std::size_t(2));
        QCOMPARE(largest[1].predicted, std::size_t(1));
        QCOMPARE(largest[2].predicted, std::size_t(2));
        QCOMPARE(largest[3].images, 1);
    }
};

THAW_TEST(TestConfusionOrder)
#include "test_confusion_order.moc"

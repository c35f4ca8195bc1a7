#include "core/evaluate/metrics/slices.h"
#include "tests/support/test_registry.h"

#include <QTest>

using namespace thaw;

class TestSlices : public QObject
{
    Q_OBJECT

private slots:
    void theWorstComesFirst()
    {
        const auto result = slices({"b", "a", "b", "c", "a", "d10", "d9", "e", "e"},
                                   {true, false, false, true, true, true, true, false, true});
        std::vector<std::string> names;
        for (const Slice& slice : result) {
            names.push_back(slice.name);
        }
        QCOMPARE(names, (std::vector<std::string>{"a", "b", "e", "c", "d9", "d10"}));
        QCOMPARE(result[0].images, std::size_t(2));
        QCOMPARE(result[0].right, std::size_t(1));
        QCOMPARE(result[0].accuracy, 0.5);
        QCOMPARE(result[0].interval.low, accuracyInterval(1, 2).low);
    }

    // As bad as another of more pictures, it says less.
    void ofEqualOnesTheLargerComesFirst()
    {
        const auto result = slices({"a", "b", "b"}, {false, false, false});
        QCOMPARE(result[0].name, std::string("b"));
        QVERIFY(slices({}, {}).empty());
    }
};

THAW_TEST(TestSlices)
#include "test_slices.moc"

#include "core/base/natural_order.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <algorithm>

using namespace thaw;

class TestNaturalOrder : public QObject
{
    Q_OBJECT

private slots:
    void countsAsPeopleDo()
    {
        std::vector<std::string> names{"a10", "a2", "10", "1", "2", "b", "a", "a02", "100", ""};
        std::sort(names.begin(), names.end(), naturalLess);
        QCOMPARE(names, (std::vector<std::string>{"", "1", "2", "10", "100", "a", "a02", "a2", "a10", "b"}));
        QVERIFY(naturalLess("a02", "a2") && !naturalLess("a2", "a02"));
        QVERIFY(!naturalLess("a", "a"));
        QVERIFY(naturalLess("x99999999999999999998", "x99999999999999999999"));
        QCOMPARE(naturalOrder({"1", "10", "2"}), (std::vector<std::size_t>{0, 2, 1}));
    }
};

THAW_TEST(TestNaturalOrder)
#include "test_natural_order.moc"

#include "core/base/near_names.h"
#include "tests/support/test_registry.h"

#include <QtTest>

using namespace thaw;

class TestNearNames : public QObject
{
    Q_OBJECT

private slots:
    void measuresDistance();
    void findsNearNames();
    void findsNothingForStrangers();
};

void TestNearNames::measuresDistance()
{
    QCOMPARE(editDistance("kitten", "sitting"), std::size_t(3));
    QCOMPARE(editDistance("", "abc"), std::size_t(3));
    QCOMPARE(editDistance("abc", ""), std::size_t(3));
    QCOMPARE(editDistance("epochs", "epochs"), std::size_t(0));
    QCOMPARE(editDistance("ab", "ba"), std::size_t(2));
}

void TestNearNames::findsNearNames()
{
    const std::vector<std::string> names{"batch_size", "split.test", "phases.0.epochs", "phases.1.epochs"};
    QCOMPARE(nearNames("batchsize", names), (std::vector<std::string>{"batch_size"}));
    QCOMPARE(nearNames("epochs", names), (std::vector<std::string>{"phases.0.epochs", "phases.1.epochs"}));
    QCOMPARE(nearNames("phases.1.epoch", names).front(), std::string("phases.1.epochs"));
    const std::vector<std::string> many(10, "seed");
    QCOMPARE(nearNames("sed", many).size(), std::size_t(3));
}

void TestNearNames::findsNothingForStrangers()
{
    const std::vector<std::string> names{"batch_size", "seed"};
    QVERIFY(nearNames("colour_of_the_sky", names).empty());
    QVERIFY(nearNames("", names).empty());
    QVERIFY(nearNames(std::string(1000000, 'x'), names).empty());
}

THAW_TEST(TestNearNames)
#include "test_near_names.moc"

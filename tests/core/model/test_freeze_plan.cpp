#include "core/base/error.h"
#include "core/model/freeze_plan.h"
#include "tests/support/test_registry.h"

#include <QtTest>

using namespace thaw;

class TestFreezePlan : public QObject
{
    Q_OBJECT

private slots:
    void freezesEverythingByDefault();
    void countsPoolsInTheLastLayers_data();
    void countsPoolsInTheLastLayers();
    void refusesNumbersOutsideTheRange();
    void takesLayersByName();
    void refusesNamesThatAreNotLayers();
    void togglesBlocks();
    void recognisesTheLastLayers();
};

void TestFreezePlan::freezesEverythingByDefault()
{
    const FreezePlan plan;
    QVERIFY(plan.names().empty());
    QCOMPARE(plan.trainableParameters(baseLayers(180)), std::int64_t(0));
    QCOMPARE(plan.firstTrainableConvolution(), 19);
    QCOMPARE(plan.asUnfreezeLast(), 0);
    QVERIFY(!plan.isTrainable(0));
}

void TestFreezePlan::countsPoolsInTheLastLayers_data()
{
    QTest::addColumn<int>("n");
    QTest::addColumn<qint64>("parameters");
    QTest::addColumn<int>("first");
    QTest::newRow("none") << 0 << qint64(0) << 19;
    QTest::newRow("a pool alone") << 1 << qint64(0) << 19;
    QTest::newRow("one convolution") << 2 << qint64(2359808) << 17;
    QTest::newRow("block5") << 4 << qint64(7079424) << 15;
    QTest::newRow("block5 and block4's pool") << 5 << qint64(7079424) << 15;
    QTest::newRow("block4 on") << 8 << qint64(7079424 + 5899776) << 11;
    QTest::newRow("all") << 18 << qint64(14714688) << 1;
}

void TestFreezePlan::countsPoolsInTheLastLayers()
{
    QFETCH(int, n);
    QFETCH(qint64, parameters);
    QFETCH(int, first);
    const auto plan = FreezePlan::unfreezeLast(n);
    QCOMPARE(plan.names().size(), static_cast<std::size_t>(n));
    QCOMPARE(qint64(plan.trainableParameters(baseLayers(180))), parameters);
    QCOMPARE(plan.firstTrainableConvolution(), first);
    QCOMPARE(plan.asUnfreezeLast(), n);
}

void TestFreezePlan::refusesNumbersOutsideTheRange()
{
    for (const int n : {-1, 19, 1000}) {
        try {
            FreezePlan::unfreezeLast(n);
            QFAIL("accepted");
        } catch (const Error& error) {
            QCOMPARE(error.code(), ErrorCode::RecipeInvalid);
        }
    }
}

void TestFreezePlan::takesLayersByName()
{
    const std::vector<std::string> block5{"block5_conv1", "block5_conv2", "block5_conv3", "block5_pool"};
    QVERIFY(FreezePlan::trainableLayers(block5) == FreezePlan::unfreezeLast(4));
    QCOMPARE(FreezePlan::unfreezeLast(4).names(), block5);

    const auto scattered = FreezePlan::trainableLayers({"block3_conv2", "block1_conv1"});
    QCOMPARE(scattered.names(), (std::vector<std::string>{"block1_conv1", "block3_conv2"}));
    QCOMPARE(scattered.firstTrainableConvolution(), 1);
    QCOMPARE(scattered.asUnfreezeLast(), -1);
    QCOMPARE(scattered.trainableParameters(baseLayers(64)), std::int64_t(1792 + 590080));
}

void TestFreezePlan::refusesNamesThatAreNotLayers()
{
    for (const char* name : {"input", "block6_conv1", "", "head"}) {
        try {
            FreezePlan::trainableLayers({"block5_conv1", name});
            QFAIL("accepted");
        } catch (const Error& error) {
            QCOMPARE(error.code(), ErrorCode::RecipeInvalid);
            QVERIFY(error.detail().find(std::string("\"") + name + "\"") != std::string::npos);
        }
    }
    FreezePlan plan;
    QVERIFY_EXCEPTION_THROWN(plan.setTrainable(0, true), Error);
    QVERIFY_EXCEPTION_THROWN(plan.setTrainable(19, true), Error);
}

void TestFreezePlan::togglesBlocks()
{
    FreezePlan plan;
    plan.setBlockTrainable(5, true);
    QVERIFY(plan == FreezePlan::unfreezeLast(4));
    QVERIFY(plan.isBlockTrainable(5));
    QVERIFY(!plan.isBlockTrainable(4));
    plan.setTrainable(18, false);
    QVERIFY2(plan.isBlockTrainable(5), "the pool has nothing to train");
    plan.setTrainable(16, false);
    QVERIFY(!plan.isBlockTrainable(5));
    plan.setBlockTrainable(5, false);
    QVERIFY(plan == FreezePlan());
    QVERIFY(!plan.isBlockTrainable(6));
}

void TestFreezePlan::recognisesTheLastLayers()
{
    auto plan = FreezePlan::unfreezeLast(8);
    plan.setTrainable(14, false);
    QCOMPARE(plan.asUnfreezeLast(), -1);
    plan.setTrainable(14, true);
    QCOMPARE(plan.asUnfreezeLast(), 8);
}

THAW_TEST(TestFreezePlan)
#include "test_freeze_plan.moc"

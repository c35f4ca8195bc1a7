#include "core/model/freeze_plan.h"
#include "core/model/head.h"
#include "tests/support/test_registry.h"

#include <QtTest>

using namespace thaw;

class TestHead : public QObject
{
    Q_OBJECT

private slots:
    void countsTheBookHead();
    void countsTheWholeModel();
    void hasOneOutputAClassBeyondTwo();
    void countsThePooledHead();
    void growsWithTheInput();
    void namesKinds();
};

void TestHead::countsTheBookHead()
{
    const auto layers = headLayers(HeadSpec{});
    QCOMPARE(layers.size(), std::size_t(2));
    QVERIFY((layers[0] == DenseInfo{"dense1", 12800, 256}));
    QVERIFY((layers[1] == DenseInfo{"dense2", 256, 1}));
    QCOMPARE(layers[0].parameters(), std::int64_t(3277056));
    QCOMPARE(layers[1].parameters(), std::int64_t(257));
    QCOMPARE(headParameters(HeadSpec{}), std::int64_t(3277313));
}

void TestHead::countsTheWholeModel()
{
    const auto base = baseLayers(180);
    const HeadSpec head;
    const auto all = FreezePlan::unfreezeLast(18).trainableParameters(base);
    QCOMPARE(all + headParameters(head), std::int64_t(17992001));
    const auto jointBase = FreezePlan::unfreezeLast(4).trainableParameters(base);
    QCOMPARE(jointBase + headParameters(head), std::int64_t(10356737));
}

void TestHead::hasOneOutputAClassBeyondTwo()
{
    HeadSpec spec;
    QCOMPARE(spec.outputs(), 1);
    spec.classes = 3;
    QCOMPARE(spec.outputs(), 3);
    QCOMPARE(headLayers(spec)[1].parameters(), std::int64_t(257 * 3));
}

void TestHead::countsThePooledHead()
{
    HeadSpec spec;
    spec.kind = HeadKind::Pooled;
    QVERIFY((headLayers(spec) == std::vector<DenseInfo>{{"dense", 512, 1}}));
    QCOMPARE(headParameters(spec), std::int64_t(513));
    spec.classes = 10;
    QCOMPARE(headParameters(spec), std::int64_t(5130));
    spec.kind = HeadKind::AverageMax;
    QCOMPARE(headParameters(spec), std::int64_t(10250));
}

void TestHead::growsWithTheInput()
{
    HeadSpec spec;
    spec.featureSide = featureSide(512);
    QCOMPARE(headLayers(spec)[0].inputs, 16 * 16 * 512);
    spec.featureSide = featureSide(32);
    QCOMPARE(headLayers(spec)[0].inputs, 512);
}

void TestHead::namesKinds()
{
    for (const HeadKind kind : headKinds) {
        QVERIFY(headKindFromName(nameOf(kind)) == kind);
    }
    QVERIFY(!headKindFromName("Book"));
    QVERIFY(!headKindFromName(""));
}

THAW_TEST(TestHead)
#include "test_head.moc"

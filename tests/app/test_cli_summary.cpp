#include "tests/app/cli_process.h"
#include "tests/support/test_registry.h"

#include <QtTest>

using namespace thaw::test;

class TestCliSummary : public QObject
{
    Q_OBJECT

private slots:
    void givesTheBooksNumbers();
    void countsTheLastFourLayers();
    void takesNamesOfLayers();
    void followsSizeHeadAndClasses();
    void printsTheTable();
    void refusesBadValues_data();
    void refusesBadValues();
};

void TestCliSummary::givesTheBooksNumbers()
{
    const CliResult result = runCli({"summary", "--json"});
    QCOMPARE(result.exitStatus, 0);
    const QJsonObject summary = result.object();
    QCOMPARE(summary.keys(), (QStringList{"base", "head", "layers", "total", "trainable"}));
    const QJsonArray layers = summary["layers"].toArray();
    QCOMPARE(layers.size(), 19);
    QCOMPARE(layers[0].toObject()["name"].toString(), QString("input"));
    QCOMPARE(layers[0].toObject()["output"].toArray(), (QJsonArray{180, 180, 3}));
    const QJsonObject last = layers[18].toObject();
    QCOMPARE(last.keys(), (QStringList{"name", "output", "parameters", "trainable"}));
    QCOMPARE(last["name"].toString(), QString("block5_pool"));
    QCOMPARE(last["output"].toArray(), (QJsonArray{5, 5, 512}));
    QCOMPARE(layers[15].toObject()["parameters"].toInteger(), 2359808);
    QCOMPARE(summary["base"].toObject()["total"].toInteger(), 14714688);
    QCOMPARE(summary["base"].toObject()["trainable"].toInteger(-1), 0);
    QCOMPARE(summary["head"].toObject()["total"].toInteger(), 3277056 + 257);
    QCOMPARE(summary["total"].toInteger(), 17992001);
    QCOMPARE(summary["trainable"].toInteger(), 3277313);
}

void TestCliSummary::countsTheLastFourLayers()
{
    const QJsonObject summary = runCli({"summary", "--unfreeze", "4", "--json"}).object();
    QCOMPARE(summary["base"].toObject()["trainable"].toInteger(), 7079424);
    QCOMPARE(summary["trainable"].toInteger(), 10356737);
    QStringList trainable;
    for (const QJsonValue layer : summary["layers"].toArray()) {
        if (layer["trainable"].toBool()) {
            trainable.append(layer["name"].toString());
        }
    }
    QCOMPARE(trainable, (QStringList{"block5_conv1", "block5_conv2", "block5_conv3", "block5_pool"}));
}

void TestCliSummary::takesNamesOfLayers()
{
    const QJsonObject summary =
        runCli({"summary", "--trainable", "block1_conv1,block5_conv3", "--json"}).object();
    QCOMPARE(summary["base"].toObject()["trainable"].toInteger(), 1792 + 2359808);
}

void TestCliSummary::followsSizeHeadAndClasses()
{
    // 224 px: 7·7·512 inputs to 256 units, then 256 to 3 classes.
    const QJsonObject book = runCli({"summary", "--input-size", "224", "--classes", "3", "--json"}).object();
    QCOMPARE(book["head"].toObject()["total"].toInteger(), (25088 + 1) * 256 + (256 + 1) * 3);
    const QJsonObject pooled = runCli({"summary", "--head", "pooled", "--json"}).object();
    QCOMPARE(pooled["head"].toObject()["total"].toInteger(), 513);
}

void TestCliSummary::printsTheTable()
{
    const CliResult result = runCli({"summary", "--unfreeze", "4"});
    QCOMPARE(result.exitStatus, 0);
    const QString table = QString::fromUtf8(result.out).simplified();
    QVERIFY2(table.contains("layer output parameters multiply-adds trainable"), result.out.constData());
    QVERIFY(table.contains("block5_conv1 11×11×512 2,359,808"));
    QVERIFY(table.contains("base 14,714,688 7,079,424 7,635,264"));
    QVERIFY(table.contains("head 3,277,313 3,277,313 0"));
    QVERIFY(table.contains("all 17,992,001 10,356,737 7,635,264"));
}

void TestCliSummary::refusesBadValues_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::newRow("size") << QStringList{"--input-size", "513"};
    QTest::newRow("unfreeze") << QStringList{"--unfreeze", "19"};
    QTest::newRow("name") << QStringList{"--trainable", "block6_conv1"};
    QTest::newRow("both") << QStringList{"--trainable", "block5_conv1", "--unfreeze", "4"};
    QTest::newRow("head") << QStringList{"--head", "deep"};
    QTest::newRow("classes") << QStringList{"--classes", "1"};
}

void TestCliSummary::refusesBadValues()
{
    QFETCH(QStringList, arguments);
    const CliResult result = runCli(QStringList{"summary"} + arguments);
    QCOMPARE(result.exitStatus, 2);
    QCOMPARE(result.errorLines(), 1);
    QVERIFY(result.out.isEmpty());
}

THAW_TEST(TestCliSummary)
#include "test_cli_summary.moc"

#include "core/model/weights/weights.h"
#include "tests/app/cli_process.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QtTest>

#include <fstream>

using namespace thaw;
using namespace thaw::test;

class TestCliWeights : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase();
    void listsTheCatalog();
    void saysWhenNothingCanBeFetched();
    void verifyTellsOtherWeightsFromTheImageNetBase();
    void saysTorchvisionsConvention();
    void importsByName();
    void refusesWhatIsNoWeights();

private:
    TemporaryFolder m_folder;
    std::filesystem::path m_base;
};

void TestCliWeights::initTestCase()
{
    isolateUserFolders(m_folder.path());
    m_base = m_folder / "mine.safetensors";
    writeBaseWeights(m_base, randomBaseWeights(scaledBackbone(0.0625), 7));
}

void TestCliWeights::listsTheCatalog()
{
    const CliResult result = runCli({"weights", "list", "--json"});
    QCOMPARE(result.exitStatus, 0);
    const QJsonArray entries = result.object()["weights"].toArray();
    QVERIFY(!entries.isEmpty());
    QCOMPARE(entries[0].toObject().keys(),
             (QStringList{"description", "file", "licence", "name", "present"}));
    QCOMPARE(entries[0]["name"].toString(), QString("imagenet"));
    QCOMPARE(entries[0]["present"].toBool(true), false);
    QVERIFY(runCli({"weights", "list"}).out.contains("imagenet"));
}

void TestCliWeights::saysWhenNothingCanBeFetched()
{
    // Without the network's address (THAW_OFFLINE) and without pip.
    const QByteArray path = qgetenv("PATH");
    qputenv("PATH", text(m_folder / "no programs").toUtf8());
    const CliResult result = runCli({"weights", "fetch"});
    qputenv("PATH", path);
    QVERIFY2(result.exitStatus == 4, result.err.constData());
    QVERIFY(result.out.isEmpty());
    QCOMPARE(
        runCli({"weights", "list", "--json"}).object()["weights"].toArray().at(0)["present"].toBool(true),
        false);
}

void TestCliWeights::verifyTellsOtherWeightsFromTheImageNetBase()
{
    const CliResult result = runCli({"weights", "verify", text(m_base)});
    QVERIFY2(result.exitStatus == 0, result.err.constData());
    QVERIFY2(result.out.contains("other than the ImageNet base"), result.out.constData());
    QVERIFY(result.out.contains("Caffe convention"));
    QVERIFY(result.out.contains("4, 8, 16, 32, 32"));
    QVERIFY2(result.out.contains("safetensors of Thaw"), result.out.constData());
    QVERIFY(result.out.contains("BGR, pixel − (103.939, 116.779, 123.68)"));
    QVERIFY(result.out.contains("another: the blocks do not have 64"));
    QVERIFY(result.out.contains(readBaseWeights(m_base).hash.c_str()));
}

void TestCliWeights::saysTorchvisionsConvention()
{
    SafetensorsFile plain = readSafetensors(m_base);
    plain.metadata.clear();
    writeSafetensors(m_folder / "plain.safetensors", plain);
    const QString file = text(m_folder / "plain.safetensors");
    const QByteArray format = "safetensors with torchvision's names";
    const QByteArray convention =
        "torchvision's convention: RGB, (pixel × 0.003921569 − (0.485, 0.456, 0.406))";
    const CliResult verified = runCli({"weights", "verify", file});
    QVERIFY2(verified.out.contains(format) && verified.out.contains(convention), verified.out.constData());
    // What was read is a message; the place of the copy is the result.
    const CliResult imported = runCli({"weights", "import", file});
    QCOMPARE(imported.exitStatus, 0);
    QVERIFY2(imported.err.contains(format) && imported.err.contains(convention), imported.err.constData());
    QVERIFY(readBaseWeights(imported.out.trimmed().toStdString()).preprocessing ==
            torchvisionPreprocessing());
}

void TestCliWeights::importsByName()
{
    const CliResult result = runCli({"weights", "import", text(m_base)});
    QVERIFY2(result.exitStatus == 0, result.err.constData());
    const std::filesystem::path kept = result.out.trimmed().toStdString();
    QCOMPARE(kept.filename(), std::filesystem::path("mine.safetensors"));
    QVERIFY(readBaseWeights(kept).layers == readBaseWeights(m_base).layers);
}

void TestCliWeights::refusesWhatIsNoWeights()
{
    std::ofstream(m_folder / "junk.h5") << "not weights at all";
    const QString junk = text(m_folder / "junk.h5");
    const QString missing = text(m_folder / "missing.h5");
    for (const QString& file : {junk, missing}) {
        for (const char* verb : {"verify", "import"}) {
            const CliResult result = runCli({"weights", verb, file});
            QCOMPARE(result.exitStatus, 3);
            QCOMPARE(result.errorLines(), 1);
            QVERIFY2(result.err.contains(file.toUtf8()), result.err.constData());
        }
    }
}

THAW_TEST(TestCliWeights)
#include "test_cli_weights.moc"

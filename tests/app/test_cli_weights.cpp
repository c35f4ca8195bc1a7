#include "core/model/weights.h"
#include "tests/app/cli_process.h"
#include "tests/support/test_paths.h"

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
    QCOMPARE(result.exitStatus, 3);
    QVERIFY2(result.err.contains("not the ImageNet base"), result.err.constData());
    QVERIFY(result.out.contains("Caffe convention"));
    QVERIFY(result.out.contains("4, 8, 16, 32, 32"));
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

QTEST_GUILESS_MAIN(TestCliWeights)
#include "test_cli_weights.moc"

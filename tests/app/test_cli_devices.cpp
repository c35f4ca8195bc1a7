#include "tests/app/cli_process.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QtTest>

using namespace thaw::test;

/// `thaw-cli bench --devices`.
class TestCliDevices : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase() { isolateUserFolders(m_folder.path()); }
    void listsTheProcessor();
    void asATable();

private:
    TemporaryFolder m_folder;
};

void TestCliDevices::listsTheProcessor()
{
    const CliResult result = runCli({"bench", "--devices", "--json"});
    QVERIFY2(result.exitStatus == 0, result.err.constData());
    const QJsonArray devices = result.object()["devices"].toArray();
    QVERIFY(!devices.isEmpty());
    const QJsonObject processor = devices[0].toObject();
    QCOMPARE(processor["id"].toString(), "cpu");
    QVERIFY(!processor["name"].toString().isEmpty());
    QVERIFY(processor["memory_bytes"].toDouble() > 1 << 28);
}

void TestCliDevices::asATable()
{
    const CliResult result = runCli({"bench", "--devices"});
    QVERIFY2(result.exitStatus == 0, result.err.constData());
    const QList<QByteArray> lines = result.out.split('\n');
    QVERIFY(lines[0].contains("name") && lines[0].contains("memory"));
    QVERIFY2(lines[1].startsWith("cpu ") && lines[1].endsWith("iB"), lines[1].constData());
}

THAW_TEST(TestCliDevices)
#include "test_cli_devices.moc"

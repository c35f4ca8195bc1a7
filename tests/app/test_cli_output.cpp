#include "tests/app/cli_process.h"
#include "tests/support/test_registry.h"

#include <QtTest>

#include <fcntl.h>
#include <unistd.h>

using namespace thaw::test;

/// Help, and standard output that cannot be written: alike for every verb.
class TestCliOutput : public QObject
{
    Q_OBJECT

private slots:
    void tellsItsVersion();
    void helpsWithEveryVerb_data();
    void helpsWithEveryVerb();
    void reportsFullOutput();
    void endsQuietlyWhenNobodyReads();
    void worksWithoutStandardOutput();
};

void TestCliOutput::tellsItsVersion()
{
    const CliResult result = runCli({"--version"});
    QCOMPARE(result.exitStatus, 0);
    QVERIFY2(result.out.startsWith("thaw-cli "), result.out.constData());
    QVERIFY(result.err.isEmpty());
}

void TestCliOutput::helpsWithEveryVerb_data()
{
    QTest::addColumn<QStringList>("verb");
    QTest::addColumn<QByteArray>("mention");
    QTest::newRow("program") << QStringList{} << QByteArray("evaluate");
    QTest::newRow("summary") << QStringList{"summary"} << QByteArray("--unfreeze");
    QTest::newRow("scan") << QStringList{"scan"} << QByteArray("DATASET");
    QTest::newRow("train") << QStringList{"train"} << QByteArray("--accept-changes");
    QTest::newRow("evaluate") << QStringList{"evaluate"} << QByteArray("--split");
    QTest::newRow("predict") << QStringList{"predict"} << QByteArray("--csv");
    QTest::newRow("explain") << QStringList{"explain"} << QByteArray("--method");
    QTest::newRow("labels") << QStringList{"labels"} << QByteArray("RUN|DATASET");
    QTest::newRow("features") << QStringList{"features"} << QByteArray("--layer");
    QTest::newRow("augment") << QStringList{"augment"} << QByteArray("--count");
    QTest::newRow("export") << QStringList{"export"} << QByteArray("--format");
    QTest::newRow("runs list") << QStringList{"runs", "list"} << QByteArray("--root");
    QTest::newRow("runs show") << QStringList{"runs", "show"} << QByteArray("RUN");
    QTest::newRow("weights") << QStringList{"weights"} << QByteArray("verify");
    QTest::newRow("recipe") << QStringList{"recipe"} << QByteArray("check");
    QTest::newRow("sample") << QStringList{"sample"} << QByteArray("--out");
}

void TestCliOutput::helpsWithEveryVerb()
{
    QFETCH(QStringList, verb);
    QFETCH(QByteArray, mention);
    const CliResult result = runCli(verb + QStringList{"--help"});
    QCOMPARE(result.exitStatus, 0);
    QVERIFY2(result.out.contains(mention), result.out.constData());
    QVERIFY(result.err.isEmpty());
}

void TestCliOutput::reportsFullOutput()
{
    if (access("/dev/full", W_OK) != 0) {
        QSKIP("there is no /dev/full here");
    }
    QProcess process;
    process.setStandardOutputFile("/dev/full");
    startCli(process, {"summary"});
    const CliResult result = finishCli(process);
    QCOMPARE(result.exitStatus, 4);
    QCOMPARE(result.errorLines(), 1);
    QVERIFY2(result.err.contains("standard output"), result.err.constData());
}

void TestCliOutput::endsQuietlyWhenNobodyReads()
{
    int ends[2] = {-1, -1};
    QCOMPARE(pipe2(ends, O_CLOEXEC), 0);
    close(ends[0]);
    QProcess process;
    process.setChildProcessModifier([write = ends[1]] { dup2(write, STDOUT_FILENO); });
    startCli(process, {"summary"});
    close(ends[1]);
    const CliResult result = finishCli(process);
    QCOMPARE(result.exitStatus, 0);
    QVERIFY2(result.err.isEmpty(), result.err.constData());
}

void TestCliOutput::worksWithoutStandardOutput()
{
    QProcess process;
    process.setChildProcessModifier([] { close(STDOUT_FILENO); });
    startCli(process, {"summary"});
    const CliResult result = finishCli(process);
    QCOMPARE(result.exitStatus, 0);
    QVERIFY2(result.err.isEmpty(), result.err.constData());
}

THAW_TEST(TestCliOutput)
#include "test_cli_output.moc"

#include "tests/app/cli_process.h"
#include "tests/support/test_paths.h"

#include <QtTest>

#include <fcntl.h>
#include <unistd.h>

using namespace thaw::test;

/// What every verb has in common: help, wrong usage, and standard output that cannot be written.
class TestCliUsage : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase();
    void tellsItsVersion();
    void helpsWithEveryVerb_data();
    void helpsWithEveryVerb();
    void refusesWrongUsage_data();
    void refusesWrongUsage();
    void reportsFullOutput();
    void endsQuietlyWhenNobodyReads();
    void worksWithoutStandardOutput();

private:
    TemporaryFolder m_folder;
};

void TestCliUsage::initTestCase()
{
    isolateUserFolders(m_folder.path());
}

void TestCliUsage::tellsItsVersion()
{
    const CliResult result = runCli({"--version"});
    QCOMPARE(result.exitStatus, 0);
    QVERIFY2(result.out.startsWith("thaw-cli "), result.out.constData());
    QVERIFY(result.err.isEmpty());
}

void TestCliUsage::helpsWithEveryVerb_data()
{
    QTest::addColumn<QStringList>("verb");
    QTest::addColumn<QByteArray>("mention");
    QTest::newRow("program") << QStringList{} << QByteArray("evaluate");
    QTest::newRow("summary") << QStringList{"summary"} << QByteArray("--unfreeze");
    QTest::newRow("scan") << QStringList{"scan"} << QByteArray("DATASET");
    QTest::newRow("train") << QStringList{"train"} << QByteArray("--accept-changes");
    QTest::newRow("evaluate") << QStringList{"evaluate"} << QByteArray("--split");
    QTest::newRow("predict") << QStringList{"predict"} << QByteArray("--csv");
    QTest::newRow("features") << QStringList{"features"} << QByteArray("--layer");
    QTest::newRow("augment") << QStringList{"augment"} << QByteArray("--count");
    QTest::newRow("export") << QStringList{"export"} << QByteArray("--format");
    QTest::newRow("runs list") << QStringList{"runs", "list"} << QByteArray("--root");
    QTest::newRow("runs show") << QStringList{"runs", "show"} << QByteArray("RUN");
    QTest::newRow("weights") << QStringList{"weights"} << QByteArray("verify");
    QTest::newRow("recipe") << QStringList{"recipe"} << QByteArray("check");
    QTest::newRow("sample") << QStringList{"sample"} << QByteArray("--out");
}

void TestCliUsage::helpsWithEveryVerb()
{
    QFETCH(QStringList, verb);
    QFETCH(QByteArray, mention);
    const CliResult result = runCli(verb + QStringList{"--help"});
    QCOMPARE(result.exitStatus, 0);
    QVERIFY2(result.out.contains(mention), result.out.constData());
    QVERIFY(result.err.isEmpty());
}

void TestCliUsage::refusesWrongUsage_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QByteArray>("mention");
    const auto row = [](const char* name, const QStringList& arguments, const char* mention) {
        QTest::newRow(name) << arguments << QByteArray(mention);
    };
    row("no verb", {}, "thaw-cli --help");
    row("unknown verb", {"trian"}, "there is no verb 'trian'");
    row("later verb", {"bench"}, "not available in this version");
    row("later sub-verb", {"runs", "compare", "a", "b"}, "not available in this version");
    row("unknown option", {"summary", "--nonsense"}, "thaw-cli summary --help");
    row("missing argument", {"scan"}, "DATASET");
    row("missing sub-verb", {"runs"}, "thaw-cli runs --help");
    row("number expected", {"summary", "--input-size", "big"}, "--input-size");
    row("number too small", {"summary", "--input-size", "31"}, "--input-size");
    row("negative seed", {"train", "x", "--seed", "-1"}, "seed");
    row("device", {"train", "x", "--device", "gpu"}, "cuda:N");
    row("device number", {"train", "x", "--device", "cuda:x"}, "cuda:N");
    row("precision", {"train", "x", "--precision", "float16"}, "--precision");
    row("train without data", {"train"}, "DATASET is missing");
    row("train with head", {"train", "x", "--with-head"}, "not available");
    row("resume with recipe", {"train", "--resume", "x", "--recipe", "book"}, "--resume");
    row("resume with set", {"train", "--resume", "x", "--set", "seed=1"}, "--resume");
    row("resume with seed", {"train", "--resume", "x", "--seed", "1"}, "--resume");
    row("resume with weights", {"train", "--resume", "x", "--weights", "none"}, "--resume");
    row("resume with out", {"train", "--resume", "x", "--out", "y"}, "--resume");
    row("accept without resume", {"train", "x", "--accept-changes"}, "--resume");
    row("set without value", {"train", "x", "--set", "seed"}, "PATH=VALUE");
    row("set of no field", {"train", "x", "--set", "sede=1"}, "seed");
    row("later format", {"export", "x", "--format", "onnx", "--out", "y"}, "not available in this version");
    row("other later format", {"export", "x", "--format", "keras-h5", "--out", "y"}, "not available");
    row("unknown format", {"export", "x", "--format", "gif", "--out", "y"}, "torchscript");
    row("unknown layer", {"features", "x", "--layer", "fc1", "--out", "y.safetensors"}, "block5_pool");
    row("features to another kind", {"features", "x", "--out", "y.npy"}, ".safetensors");
    row("split", {"evaluate", "x", "y", "--split", "holdout"}, "--split");
    row("weights by no name", {"weights", "fetch", "places"}, "imagenet");
    row("count", {"augment", "x.png", "--count", "0", "--out", "y"}, "--count");
}

void TestCliUsage::refusesWrongUsage()
{
    QFETCH(QStringList, arguments);
    QFETCH(QByteArray, mention);
    const CliResult result = runCli(arguments);
    QVERIFY2(result.exitStatus == 2, result.err.constData());
    QVERIFY(result.out.isEmpty());
    QCOMPARE(result.errorLines(), 1);
    QVERIFY2(result.err.startsWith("thaw-cli: "), result.err.constData());
    QVERIFY2(result.err.contains(mention), result.err.constData());
}

void TestCliUsage::reportsFullOutput()
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

void TestCliUsage::endsQuietlyWhenNobodyReads()
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

void TestCliUsage::worksWithoutStandardOutput()
{
    QProcess process;
    process.setChildProcessModifier([] { close(STDOUT_FILENO); });
    startCli(process, {"summary"});
    const CliResult result = finishCli(process);
    QCOMPARE(result.exitStatus, 0);
    QVERIFY2(result.err.isEmpty(), result.err.constData());
}

QTEST_GUILESS_MAIN(TestCliUsage)
#include "test_cli_usage.moc"

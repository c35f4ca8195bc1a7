#include "tests/app/cli_process.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QtTest>

using namespace thaw::test;

/// What every verb answers to a request that makes no sense.
class TestCliUsage : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase();
    void refusesWrongUsage_data();
    void refusesWrongUsage();

private:
    TemporaryFolder m_folder;
};

void TestCliUsage::initTestCase()
{
    isolateUserFolders(m_folder.path());
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
    row("bench with too many threads", {"bench", "--threads", "5000"}, "--threads");
    row("missing argument", {"scan"}, "DATASET");
    row("missing sub-verb", {"runs"}, "thaw-cli runs --help");
    row("number expected", {"summary", "--input-size", "big"}, "--input-size");
    row("number too small", {"summary", "--input-size", "31"}, "--input-size");
    row("negative seed", {"train", "x", "--seed", "-1"}, "seed");
    row("octal seed", {"train", "x", "--seed", "010"}, "plain decimal number");
    row("device", {"train", "x", "--device", "gpu"}, "cuda:N");
    row("precision", {"train", "x", "--precision", "float64"}, "--precision");
    row("train without data", {"train"}, "DATASET is missing");
    row("train with head", {"train", "x", "--with-head"}, "--weights FILE");
    row("resume with head", {"train", "--resume", "x", "--with-head"}, "--resume");
    row("resume with recipe", {"train", "--resume", "x", "--recipe", "book"}, "--resume");
    row("resume with set", {"train", "--resume", "x", "--set", "seed=1"}, "--resume");
    row("resume with weights", {"train", "--resume", "x", "--weights", "none"}, "--resume");
    row("resume with out", {"train", "--resume", "x", "--out", "y"}, "--resume");
    row("resume of nothing", {"train", "x", "--resume", ""}, "no run is named");
    row("accept without resume", {"train", "x", "--accept-changes"}, "--resume");
    row("set without value", {"train", "x", "--set", "seed"}, "PATH=VALUE");
    row("set of no field", {"train", "x", "--set", "sede=1"}, "sede");
    row("later format", {"export", "x", "--format", "keras", "--out", "y"}, "not available in this version");
    row("no format", {"export", "x", "--out", "y"}, "--format and --out");
    row("verify and write", {"export", "x", "--verify", "y", "--out", "z"}, "--verify");
    row("unknown format", {"export", "x", "--format", "gif", "--out", "y"}, "torchscript");
    row("explain without a folder", {"explain", "x", "y"}, "--out");
    row("explain with no convolution", {"explain", "x", "y", "--layer", "block5_pool", "--out", "z"},
        "block5_conv");
    row("unknown layer", {"features", "x", "--layer", "fc1", "--out", "y.safetensors"}, "block5_pool");
    row("features to another kind", {"features", "x", "--out", "y.npy"}, ".safetensors");
    row("threshold above 1", {"evaluate", "x", "y", "--threshold", "1.5"}, "--threshold");
    row("threshold that is no number", {"evaluate", "x", "y", "--threshold", "nan"}, "--threshold");
    row("labels of nothing", {"labels"}, "RUN|DATASET");
    row("weights by no name", {"weights", "fetch", "places"}, "imagenet");
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

THAW_TEST(TestCliUsage)
#include "test_cli_usage.moc"

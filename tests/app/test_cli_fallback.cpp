#include "tests/app/cli_process.h"
#include "tests/support/synthetic_dataset.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QtTest>

#include <filesystem>
#include <fstream>

using namespace thaw::test;

/// What happens where the ImageNet weights cannot be had: no address is asked, and pip fails.
class TestCliFallback : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase();
    void trainsWithoutThemAndSaysSo();
    void showsItInTheRun();
    void failsWhereTheyWereAskedFor_data();
    void failsWhereTheyWereAskedFor();

private:
    QStringList training(const std::filesystem::path& run) const;

    TemporaryFolder m_folder;
    std::filesystem::path m_data;
    std::filesystem::path m_run;
};

void TestCliFallback::initTestCase()
{
    isolateUserFolders(m_folder.path());
    const auto programs = m_folder / "bin";
    std::filesystem::create_directories(programs);
    std::ofstream(programs / "python3") << "#!/bin/sh\necho 'no network here' >&2\nexit 1\n";
    std::filesystem::permissions(programs / "python3", std::filesystem::perms::owner_all);
    qputenv("PATH", (text(programs) + ":" + qEnvironmentVariable("PATH")).toUtf8());
    m_data = m_folder / "hues";
    SyntheticSpec spec;
    spec.perClass = 4;
    writeSyntheticDataset(m_data, spec);
    m_run = m_folder / "run";
}

/// The published width, since the ImageNet weights have no other; the rest as small as it goes.
QStringList TestCliFallback::training(const std::filesystem::path& run) const
{
    return {"train",    text(m_data),
            "--recipe", "quick",
            "--out",    text(run),
            "--set",    "input_size=32",
            "--set",    "head=pooled",
            "--set",    "phases.0.epochs=1",
            "--set",    "phases.1.epochs=1",
            "--set",    "phases.1.unfreeze=0",
            "--device", "cpu",
            "--json"};
}

void TestCliFallback::trainsWithoutThemAndSaysSo()
{
    const CliResult result = runCli(training(m_run));
    QVERIFY2(result.exitStatus == 0, result.err.constData());
    const QByteArray warning = "Warning: The ImageNet weights could not be fetched";
    QCOMPARE(result.err.count(warning), 1); // before the training
    QVERIFY(result.err.indexOf(warning) < result.err.indexOf("Training into"));
    QVERIFY(result.err.lastIndexOf("see above") > result.err.lastIndexOf("phase 2 epoch 1/1"));
    QVERIFY(result.err.contains("thaw-cli weights fetch imagenet")); // what to do about it
    const auto isWarning = [](const QJsonObject& event) {
        return event["event"] == "message" && event["level"] == "warning" &&
               event["text"].toString().contains("ImageNet");
    };
    const QList<QJsonObject> events = result.lines();
    QCOMPARE(std::count_if(events.begin(), events.end(), isWarning), std::ptrdiff_t(1));
    QCOMPARE(events.last()["state"].toString(), QString("finished"));
}

void TestCliFallback::showsItInTheRun()
{
    const QJsonObject run = runCli({"runs", "show", text(m_run), "--json"}).object();
    QVERIFY2(run["weights"].toString().contains("could not be fetched"),
             qPrintable(run["weights"].toString()));
    // The recipe says what was used, so that a repeat is one.
    QCOMPARE(run["settings"]["weights"].toString(), QString("none"));
    const CliResult words = runCli({"runs", "show", text(m_run)});
    QVERIFY(words.out.contains("the ImageNet weights could not be fetched"));
}

void TestCliFallback::failsWhereTheyWereAskedFor_data()
{
    QTest::addColumn<QStringList>("more");
    QTest::newRow("by the flag") << QStringList{"--weights", "imagenet"};
    QTest::newRow("by --set") << QStringList{"--set", "weights=imagenet"};
    QTest::newRow("by a run's recipe") << QStringList{"--set", "weights_hash=" + QString(64, 'a')};
}

void TestCliFallback::failsWhereTheyWereAskedFor()
{
    QFETCH(QStringList, more);
    const auto run = m_folder / "never";
    const CliResult result = runCli(training(run) + more);
    QVERIFY2(result.exitStatus == 4, result.err.constData());
    QVERIFY2(result.err.contains("weights import FILE"), result.err.constData());
    QVERIFY(!std::filesystem::exists(run));
    QVERIFY(result.out.isEmpty());
}

THAW_TEST(TestCliFallback)
#include "test_cli_fallback.moc"

#include "tests/app/cli_process.h"
#include "tests/support/synthetic_dataset.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QFile>
#include <QtTest>

#include <csignal>

using namespace thaw::test;

/// Signals during a training, and going on afterwards.
class TestCliStop : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase();
    void stopsAndGoesOn_data();
    void stopsAndGoesOn();
    void survivesASecondSignal_data();
    void survivesASecondSignal();
    void leavesAFinishedRunAlone();
    void refusesARunInUse();
    void refusesAnotherDataSet();

private:
    /// A training far from its end: the first epoch is done, all others are to come.
    void startTraining(QProcess& process, const std::filesystem::path& run, QByteArray& read);
    QByteArray fileOf(const std::filesystem::path& path);
    QString stateOf(const std::filesystem::path& run);

    TemporaryFolder m_folder;
    std::filesystem::path m_data;
    static constexpr int epochs = 40;
};

void TestCliStop::initTestCase()
{
    isolateUserFolders(m_folder.path());
    m_data = m_folder / "hues";
    SyntheticSpec spec;
    spec.perClass = 8;
    spec.side = 32;
    writeSyntheticDataset(m_data, spec);
}

void TestCliStop::startTraining(QProcess& process, const std::filesystem::path& run, QByteArray& read)
{
    startCli(process, quickTraining(m_data, run, epochs) + QStringList{"--json"});
    QVERIFY2(waitForOutput(process, "\"epoch\"", read), process.readAllStandardError().constData());
}

QByteArray TestCliStop::fileOf(const std::filesystem::path& path)
{
    QFile file(text(path));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

QString TestCliStop::stateOf(const std::filesystem::path& run)
{
    return runCli({"runs", "show", text(run), "--json"}).object()["state"].toString();
}

void TestCliStop::stopsAndGoesOn_data()
{
    QTest::addColumn<int>("signal");
    QTest::newRow("Ctrl-C") << SIGINT;
    QTest::newRow("SIGTERM") << SIGTERM;
    QTest::newRow("SIGHUP") << SIGHUP;
}

void TestCliStop::stopsAndGoesOn()
{
    QFETCH(int, signal);
    const auto run = m_folder / ("run " + std::to_string(signal));
    QProcess process;
    QByteArray read;
    startTraining(process, run, read);
    const auto id = static_cast<pid_t>(process.processId());
    QVERIFY(id > 0); // 0, of a process that has ended, is this test and whoever runs it
    ::kill(id, signal);
    const CliResult stopped = finishCli(process);
    QVERIFY2(stopped.exitStatus == 130, stopped.err.constData());
    QVERIFY2(stopped.err.contains("thaw-cli train --resume '" + text(run).toUtf8() + "'"),
             stopped.err.constData());
    QCOMPARE(stopped.lines().last()["state"].toString(), QString("stopped"));
    QCOMPARE(stateOf(run), QString("stopped"));

    const CliResult resumed = runCli({"train", "--resume", text(run), "--json"});
    QVERIFY2(resumed.exitStatus == 0, resumed.err.constData());
    QCOMPARE(resumed.lines().last()["state"].toString(), QString("finished"));
    // Epochs that were told before the stop are not told again.
    for (const QJsonObject& event : resumed.lines()) {
        QVERIFY(event["event"].toString() != "epoch" || event["phase"].toInt() != 1 ||
                event["epoch"].toInt() != 1);
    }
    QCOMPARE(stateOf(run), QString("finished"));
    // Header and one row an epoch, none lost and none twice.
    QCOMPARE(fileOf(run / "history.csv").count('\n'), 1 + 2 * epochs);
}

void TestCliStop::survivesASecondSignal_data()
{
    QTest::addColumn<int>("first");
    QTest::addColumn<int>("second");
    QTest::newRow("Ctrl-C and SIGTERM") << SIGINT << SIGTERM;
    QTest::newRow("the end of a session") << SIGTERM << SIGHUP;
}

void TestCliStop::survivesASecondSignal()
{
    QFETCH(int, first);
    QFETCH(int, second);
    const auto run = m_folder / ("twice " + std::to_string(first));
    QProcess process;
    QByteArray read;
    startTraining(process, run, read);
    const auto id = static_cast<pid_t>(process.processId());
    QVERIFY(id > 0);
    ::kill(id, first);
    ::kill(id, second);
    QCOMPARE(finishCli(process).exitStatus, 130);
    QCOMPARE(stateOf(run), QString("stopped"));
    // Two signals at once may come in either order, and a Ctrl-C after another leaves at once. Without one
    // the program itself has written its end.
    const QByteArray record = fileOf(run / "run.json");
    QVERIFY2(first == SIGINT || record.contains("\"state\": \"stopped\""), record.constData());
    const CliResult resumed = runCli({"train", "--resume", text(run), "--json"});
    QVERIFY2(resumed.exitStatus == 0, resumed.err.constData());
    QCOMPARE(fileOf(run / "history.csv").count('\n'), 1 + 2 * epochs);
}

void TestCliStop::leavesAFinishedRunAlone()
{
    const auto run = m_folder / "done";
    QCOMPARE(runCli(quickTraining(m_data, run, 1)).exitStatus, 0);
    QMap<QString, QByteArray> before;
    for (const auto& file : std::filesystem::directory_iterator(run)) {
        before[text(file.path())] = fileOf(file.path());
    }
    QVERIFY(!before.isEmpty());
    QCOMPARE(runCli({"train", "--resume", text(run)}).exitStatus, 0);
    for (auto file = before.cbegin(); file != before.cend(); ++file) {
        QVERIFY2(fileOf(file.key().toStdString()) == file.value(), qPrintable(file.key()));
    }
}

void TestCliStop::refusesARunInUse()
{
    const auto run = m_folder / "busy";
    QProcess process;
    QByteArray read;
    startTraining(process, run, read);
    // Held still meanwhile, so that it cannot reach its end first.
    const auto id = static_cast<pid_t>(process.processId());
    QVERIFY(id > 0);
    ::kill(id, SIGSTOP);
    const CliResult second = runCli({"train", "--resume", text(run)});
    ::kill(id, SIGINT);
    ::kill(id, SIGCONT);
    const CliResult first = finishCli(process);
    QCOMPARE(second.exitStatus, 3);
    QCOMPARE(first.exitStatus, 130);
}

void TestCliStop::refusesAnotherDataSet()
{
    const auto run = m_folder / "faithful";
    QCOMPARE(runCli(quickTraining(m_data, run, 1)).exitStatus, 0);
    const CliResult result = runCli({"train", text(m_folder.path()), "--resume", text(run)});
    QCOMPARE(result.exitStatus, 3);
    QVERIFY2(result.err.contains(text(m_data).toUtf8()), result.err.constData());
    QCOMPARE(runCli({"train", text(m_data), "--resume", text(run)}).exitStatus, 0);
}

THAW_TEST(TestCliStop)
#include "test_cli_stop.moc"

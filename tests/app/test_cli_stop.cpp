#include "tests/app/cli_process.h"
#include "tests/support/synthetic_dataset.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QElapsedTimer>
#include <QFile>
#include <QtTest>

#include <csignal>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace thaw::test;

/// Signals during a training, and going on afterwards.
class TestCliStop : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase();
    void stopsAndGoesOn_data();
    void stopsAndGoesOn();
    void goesOnUnderNohup();
    void survivesASecondSignal_data();
    void survivesASecondSignal();
    void leavesAtOnceWhenToldAgain();
    void leavesAFinishedRunAlone();
    void refusesARunInUse();
    void refusesAnotherDataSet();
    void goesOnWithOtherPictures();
    void finishesNow();
    void goesOnWithATenthOfTheRate();

private:
    /// A training far from its end: the first epoch is done, all others are to come.
    void startTraining(QProcess& process, const std::filesystem::path& run, QByteArray& read);
    QByteArray fileOf(const std::filesystem::path& path);
    QString stateOf(const std::filesystem::path& run);
    /// By the clock, as a person or a wrapper does who sends two signals.
    static void waitFor(int milliseconds);
    static bool catches(pid_t process, int signal);

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

void TestCliStop::waitFor(int milliseconds)
{
    QElapsedTimer clock;
    clock.start();
    while (!clock.hasExpired(milliseconds)) {
    }
}

bool TestCliStop::catches(pid_t process, int signal)
{
    QFile status(QString("/proc/%1/status").arg(process));
    const QString text = status.open(QIODevice::ReadOnly) ? QString::fromLatin1(status.readAll()) : QString();
    const QString caught = text.section("SigCgt:\t", 1).section('\n', 0, 0);
    return caught.toULongLong(nullptr, 16) & (1ull << (signal - 1));
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

// nohup starts a program with SIGHUP ignored, and means it; other signals still stop it.
void TestCliStop::goesOnUnderNohup()
{
    const auto run = m_folder / "nohup";
    QProcess process;
    process.setChildProcessModifier([] { ::signal(SIGHUP, SIG_IGN); });
    QByteArray read;
    startTraining(process, run, read);
    const auto id = static_cast<pid_t>(process.processId());
    QVERIFY(id > 0);
    ::kill(id, SIGHUP);
    // A step of the phase that is far ahead at the hang-up: it was not stopped, and would say so.
    QVERIFY(waitForOutput(process, "\"phase\":2", read));
    ::kill(id, SIGTERM);
    const CliResult stopped = finishCli(process);
    QVERIFY2(stopped.exitStatus == 130, stopped.err.constData());
    QCOMPARE(stateOf(run), QString("stopped"));
}

void TestCliStop::survivesASecondSignal_data()
{
    QTest::addColumn<int>("first");
    QTest::addColumn<int>("second");
    QTest::addColumn<int>("milliseconds");
    for (const int milliseconds : {0, 3, 50}) {
        QTest::addRow("Ctrl-C twice, %d ms apart", milliseconds) << SIGINT << SIGINT << milliseconds;
    }
    QTest::newRow("Ctrl-C and SIGTERM") << SIGINT << SIGTERM << 0;
    QTest::newRow("SIGTERM and Ctrl-C") << SIGTERM << SIGINT << 0;
    QTest::newRow("the end of a session") << SIGTERM << SIGHUP << 0;
}

void TestCliStop::survivesASecondSignal()
{
    QFETCH(int, first);
    QFETCH(int, second);
    QFETCH(int, milliseconds);
    const auto run = m_folder / (std::string("twice, ") + QTest::currentDataTag());
    QProcess process;
    QByteArray read;
    startTraining(process, run, read);
    const auto id = static_cast<pid_t>(process.processId());
    QVERIFY(id > 0);
    ::kill(id, first);
    waitFor(milliseconds);
    ::kill(id, second);
    QCOMPARE(finishCli(process).exitStatus, 130);
    // The program itself has written its end: a run that was killed is listed as stopped too.
    const QByteArray record = fileOf(run / "run.json");
    QVERIFY2(record.contains("\"state\": \"stopped\""), record.constData());
    const CliResult resumed = runCli({"train", "--resume", text(run), "--json"});
    QVERIFY2(resumed.exitStatus == 0, resumed.err.constData());
    QCOMPARE(fileOf(run / "history.csv").count('\n'), 1 + 2 * epochs);
}

/// It waits for its results to be taken, and so hears of no request to stop.
void TestCliStop::leavesAtOnceWhenToldAgain()
{
    const std::string pipe = (m_folder / "results").string();
    QCOMPARE(mkfifo(pipe.c_str(), 0600), 0);
    const int held = open(pipe.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
    QVERIFY(held >= 0);
    while (write(held, "filled", 6) > 0) {
    }
    QProcess process;
    process.setStandardOutputFile(QString::fromStdString(pipe));
    startCli(process, {"recipe", "show", "book"});
    const auto id = static_cast<pid_t>(process.processId());
    QVERIFY(id > 0);
    QTRY_VERIFY(catches(id, SIGINT));
    ::kill(id, SIGINT);
    for (const int again : {SIGINT, SIGTERM, SIGHUP}) {
        ::kill(id, again);
        QVERIFY(!process.waitForFinished(10));
    }
    // More than once only where the machine was too busy to handle the first in time.
    for (int i = 0; i < 100 && process.state() != QProcess::NotRunning; ++i) {
        waitFor(510);
        ::kill(id, SIGINT);
        process.waitForFinished(100);
    }
    QCOMPARE(finishCli(process).exitStatus, 131);
    close(held);
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

// Former test pictures were trained on, and the counts were untrue.
void TestCliStop::goesOnWithOtherPictures()
{
    const auto data = m_folder / "growing";
    SyntheticSpec spec;
    spec.perClass = 8;
    spec.side = 32;
    writeSyntheticDataset(data, spec);
    const auto run = m_folder / "growing run";
    QProcess process;
    QByteArray read;
    startCli(process, quickTraining(data, run, epochs) + QStringList{"--json"});
    QVERIFY(waitForOutput(process, "\"epoch\"", read));
    const auto id = static_cast<pid_t>(process.processId());
    QVERIFY(id > 0);
    ::kill(id, SIGTERM);
    QCOMPARE(finishCli(process).exitStatus, 130);
    const QByteArray before = fileOf(run / "split.csv");
    QCOMPARE(before.count('\n'), 17);

    spec.seed = 9;
    writeSyntheticDataset(m_folder / "others", spec);
    for (const char* label : {"blue", "red"}) {
        std::filesystem::rename(m_folder / "others" / label, data / label / "others");
    }
    std::filesystem::remove(data / "red" / "red.0.png");
    const CliResult refused = runCli({"train", "--resume", text(run)});
    QCOMPARE(refused.exitStatus, 3);
    QVERIFY2(refused.err.contains("16 added (blue/others/blue.0.png, ") &&
                 refused.err.contains("1 removed (red/red.0.png)"),
             refused.err.constData());
    const CliResult resumed =
        runCli({"train", "--resume", text(run), "--accept-changes", "--accept-losses", "--finish-now"});
    QVERIFY2(resumed.exitStatus == 0, resumed.err.constData());
    QVERIFY2(resumed.err.contains("16 added"), resumed.err.constData());
    QVERIFY2(resumed.out.contains("measured again"), resumed.out.constData());
    const QByteArray after = fileOf(run / "split.csv");
    for (const QByteArray& line : before.split('\n')) {
        const QByteArray gone = QByteArray(line).replace(",no", ",yes");
        QVERIFY2(after.contains(line.contains("red.0.png") ? gone : line), line.constData());
    }
    const QJsonObject shown = runCli({"runs", "show", text(run), "--json"}).object();
    int images = 0;
    for (const QJsonValue& count : shown["images"]["test"].toArray()) {
        images += count.toInt();
    }
    QCOMPARE(shown["test"]["images"].toInt(), images);
}

void TestCliStop::finishesNow()
{
    const auto run = m_folder / "finished early";
    QProcess process;
    QByteArray read;
    startTraining(process, run, read);
    const auto id = static_cast<pid_t>(process.processId());
    QVERIFY(id > 0);
    ::kill(id, SIGTERM);
    QCOMPARE(finishCli(process).exitStatus, 130);
    const int rows = int(fileOf(run / "history.csv").count('\n'));
    QCOMPARE(runCli({"train", "--resume", text(run), "--finish-now", "--rate-factor", "0.1"}).exitStatus, 2);
    QCOMPARE(runCli({"train", text(m_data), "--finish-now"}).exitStatus, 2);
    const CliResult finished = runCli({"train", "--resume", text(run), "--finish-now", "--json"});
    QVERIFY2(finished.exitStatus == 0, finished.err.constData());
    const QJsonObject last = finished.lines().last();
    QCOMPARE(last["state"].toString(), QString("finished"));
    QVERIFY(last["finished_early"].toBool() && last["test_accuracy"].isDouble());
    QCOMPARE(int(fileOf(run / "history.csv").count('\n')), rows);
    QCOMPARE(stateOf(run), QString("finished"));
}

void TestCliStop::goesOnWithATenthOfTheRate()
{
    const auto run = m_folder / "slower";
    QProcess process;
    QByteArray read;
    startTraining(process, run, read);
    const auto id = static_cast<pid_t>(process.processId());
    QVERIFY(id > 0);
    ::kill(id, SIGTERM);
    QCOMPARE(finishCli(process).exitStatus, 130);
    const QJsonObject before = runCli({"runs", "show", text(run), "--json"}).object();
    const double rate = before["settings"]["phases"][0]["learning_rate"].toDouble();
    const CliResult resumed = runCli({"train", "--resume", text(run), "--rate-factor", "0.1", "--json"});
    QVERIFY2(resumed.exitStatus == 0, resumed.err.constData());
    const QJsonObject shown = runCli({"runs", "show", text(run), "--json"}).object();
    QCOMPARE(shown["settings"]["phases"][0]["learning_rate"].toDouble(), rate / 10);
    QCOMPARE(shown["history"].toArray().last()["phase"].toInt(), 2);
    QVERIFY2(resumed.err.contains("The learning rate is 0.0001 from phase 1"), resumed.err.constData());
}

THAW_TEST(TestCliStop)
#include "test_cli_stop.moc"

// The program itself, as a desktop and a shell meet it.

#include "core/base/paths.h"
#include "core/experiment/recipe.h"
#include "core/run/run_record_json.h"
#include "core/run/run_store.h"
#include "tests/support/synthetic_dataset.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"
#include "tests/ui/ui_fixtures.h"

#include <QDir>
#include <QFile>
#include <QImage>
#include <QProcess>
#include <QSettings>
#include <QStandardPaths>
#include <QTest>

#include <csignal>
#include <sys/stat.h>

using namespace thaw;

class TestProgram : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_folder = std::make_unique<test::TemporaryFolder>();
        test::isolateUserFolders(m_folder->path());
    }

    void saysWhatNeedsNoDisplay()
    {
        QProcess program;
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        for (const char* name : {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}) {
            environment.remove(name);
        }
        program.setProcessEnvironment(environment);
        program.start(THAW_PROGRAM, {"--help"});
        QVERIFY(program.waitForFinished(test::patienceMs));
        QCOMPARE(program.exitCode(), 0);
        QVERIFY(program.readAllStandardOutput().contains("--screenshot"));
        program.start(THAW_PROGRAM, QStringList());
        QVERIFY(program.waitForFinished(test::patienceMs));
        QCOMPARE(program.exitStatus(), QProcess::NormalExit);
        QCOMPARE(program.exitCode(), 4);
        QVERIFY(program.readAllStandardError().contains("thaw-cli"));
    }

    void endsWellOnSignals_data()
    {
        QTest::addColumn<int>("signal");
        QTest::newRow("SIGTERM") << SIGTERM;
        QTest::newRow("SIGHUP") << SIGHUP;
        QTest::newRow("SIGINT") << SIGINT;
    }

    void endsWellOnSignals()
    {
        QFETCH(int, signal);
        QProcess program;
        start(program);
        QVERIFY(program.processId() > 0);
        ::kill(pid_t(program.processId()), signal);
        QVERIFY(program.waitForFinished(test::patienceMs));
        QCOMPARE(program.exitStatus(), QProcess::NormalExit);
        QCOMPARE(program.exitCode(), 0);
        QVERIFY(logs().isEmpty());
    }

    // Qt then calls exit() in the middle of everything, and libraries' objects must not go before the
    // training.
    void aTrainingIsSavedWhenTheXServerGoesAway()
    {
        if (QStandardPaths::findExecutable("Xvfb").isEmpty() ||
            QStandardPaths::findExecutable("xdotool").isEmpty()) {
            QSKIP("needs Xvfb and xdotool");
        }
        test::writeSyntheticDataset(*m_folder / "pictures");
        {
            QSettings settings(qEnvironmentVariable("XDG_CONFIG_HOME") + "/thaw/thaw.conf",
                               QSettings::IniFormat);
            settings.setValue("work/dataset", ui::toText(*m_folder / "pictures"));
            settings.setValue("work/recipe", QString::fromStdString(formatRecipe(endlessRecipe())));
        }
        QProcess server;
        server.start("Xvfb", {"-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp"});
        QByteArray number;
        while (!number.contains('\n') && server.waitForReadyRead(test::patienceMs)) {
            number += server.readAllStandardOutput();
        }
        if (!number.contains('\n')) {
            QSKIP("Xvfb does not start here");
        }
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert("DISPLAY", ":" + QString::fromLatin1(number.trimmed()));
        environment.insert("QT_QPA_PLATFORM", "xcb");
        QProcess program;
        program.setProcessEnvironment(environment);
        start(program, {"--page", "training"});
        QProcess keys;
        keys.setProcessEnvironment(environment);
        // Start is not to be had before the pictures are read; afterwards the key means nothing.
        const auto trains = [&] {
            keys.start("xdotool",
                       {"search", "--onlyvisible", "--name", "Thaw", "windowfocus", "key", "alt+s"});
            keys.waitForFinished(test::patienceMs);
            const RunListing listing = listRuns(defaultRunsFolder());
            return !listing.runs.empty() && !listing.runs.front().history.empty();
        };
        QTRY_VERIFY_WITH_TIMEOUT(trains(), test::patienceMs);
        server.kill();
        QVERIFY(server.waitForFinished(test::patienceMs));
        QVERIFY(program.waitForFinished(test::patienceMs));
        QCOMPARE(program.exitStatus(), QProcess::NormalExit);
        QVERIFY(logs().isEmpty());
        const RunListing listing = listRuns(defaultRunsFolder());
        QCOMPARE(listing.runs.size(), std::size_t(1));
        const RunFiles files{listing.runs.front().folder};
        // By the program itself: a run that was killed is listed as stopped too.
        QCOMPARE(readRunRecord(files.record()).state, RunState::Stopped);
        QVERIFY(std::filesystem::exists(files.last()) && std::filesystem::exists(files.best()));
    }

    void aCrashIsLoggedAndToldOnce()
    {
        QProcess program;
        start(program);
        QVERIFY(program.processId() > 0);
        ::kill(pid_t(program.processId()), SIGSEGV);
        QVERIFY(program.waitForFinished(test::patienceMs));
        QCOMPARE(program.exitStatus(), QProcess::CrashExit);
        QCOMPARE(logs().size(), 1);
        QFile log(stateFolder().filePath(logs().first()));
        QVERIFY(log.open(QIODevice::ReadOnly));
        const QByteArray text = log.readAll();
        QVERIFY2(text.startsWith("Thaw ") && text.contains("SIGSEGV") && text.contains("training: none"),
                 text.constData());
        QVERIFY(text.contains("thaw("));

        // The notice takes room above the page, once.
        const QImage first = screenshot("first.png");
        const QImage second = screenshot("second.png");
        QVERIFY(!first.isNull() && first.size() == second.size());
        QVERIFY(first != second);
    }

    void aKillLosesNeitherPicturesNorSettings()
    {
        test::writeSyntheticDataset(*m_folder / "pictures");
        const QString pictures = ui::toText(*m_folder / "pictures");
        const QString file = qEnvironmentVariable("XDG_CONFIG_HOME") + "/thaw/thaw.conf";
        const auto kept = [&](const char* key) {
            return QSettings(file, QSettings::IniFormat).value(key).toString();
        };
        QProcess program;
        start(program, {pictures, "--page", "layers"});
        QVERIFY(program.processId() > 0);
        QTRY_COMPARE_WITH_TIMEOUT(kept("work/dataset"), pictures, test::patienceMs);
        QTRY_COMPARE_WITH_TIMEOUT(kept("window/page"), "layers", test::patienceMs);
        program.kill();
        QVERIFY(program.waitForFinished(test::patienceMs));
        QVERIFY(kept("work/recipe").contains("phases"));
    }

    void anOpenDataSetIsNoReasonToStay()
    {
        test::writeSyntheticDataset(*m_folder / "pictures");
        QProcess program;
        start(program, {ui::toText(*m_folder / "pictures")});
        QVERIFY(program.processId() > 0);
        ::kill(pid_t(program.processId()), SIGTERM); // perhaps in the middle of the scan
        QVERIFY(program.waitForFinished(test::patienceMs));
        QCOMPARE(program.exitStatus(), QProcess::NormalExit);
        QCOMPARE(program.exitCode(), 0);
    }

    void aDeadDiskNeitherDelaysNorKeepsTheWindow_data()
    {
        QTest::addColumn<QString>("page");
        QTest::addColumn<QString>("opened");
        QTest::newRow("what was open last time") << "dataset" << QString();
        QTest::newRow("what trains") << "training" << QString();
        QTest::newRow("runs") << "runs" << QString();
        QTest::newRow("try it") << "try" << QString();
        QTest::newRow("a data set") << "training"
                                    << "pictures";
    }

    /// Data set, runs, weights and stored features lie on a disk whose server is gone.
    void aDeadDiskNeitherDelaysNorKeepsTheWindow()
    {
        QFETCH(QString, page);
        QFETCH(QString, opened);
        const QString dead = ui::toText(*m_folder / "dead");
        QSettings settings(qEnvironmentVariable("XDG_CONFIG_HOME") + "/thaw/thaw.conf", QSettings::IniFormat);
        settings.setValue("work/dataset", dead + "/pictures");
        settings.setValue("runs/unfinished", QStringList{dead + "/run"});
        settings.sync();
        const QString log = ui::toText(*m_folder / "log");
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert("LD_PRELOAD", THAW_DEAD_MOUNT);
        environment.insert("THAW_TEST_DEAD_LOG", log);
        environment.insert("THAW_TEST_DEAD_MOUNT",
                           QStringList{dead, qEnvironmentVariable("XDG_DATA_HOME") + "/thaw",
                                       qEnvironmentVariable("XDG_CACHE_HOME") + "/thaw"}
                               .join(':'));
        QStringList arguments{"--page", page};
        if (!opened.isEmpty()) {
            arguments << dead + '/' + opened;
        }
        QProcess program;
        program.setProcessEnvironment(environment);
        start(program, arguments);
        QVERIFY(program.processId() > 0);
        QTRY_VERIFY_WITH_TIMEOUT(textOf(log).contains("other " + dead.toUtf8()), test::patienceMs);
        ::kill(pid_t(program.processId()), SIGTERM);
        const bool ended = program.waitForFinished(test::patienceMs);
        program.kill();
        QVERIFY2(ended, textOf(log));
        QVERIFY2(!textOf(log).contains("main "), textOf(log));
        QCOMPARE(program.exitStatus(), QProcess::NormalExit);
        QCOMPARE(program.exitCode(), 0);
    }

    void aRunsNameIsNoMarkup_data()
    {
        QTest::addColumn<QString>("image");
        QTest::newRow("without an end") << "/dev/zero";
        QTest::newRow("never answers") << "fifo";
    }

    /// Told about at the start, since nobody trains it any more.
    void aRunsNameIsNoMarkup()
    {
        QFETCH(QString, image);
        QCOMPARE(mkfifo((*m_folder / "fifo").c_str(), 0600), 0);
        const auto folder = test::writeRun(defaultRunsFolder() / "run", RunState::Running);
        RunRecord record = readRunRecord(RunFiles{folder}.record());
        record.name = "<img src=\"" + (*m_folder / image.toStdString()).string() + "\">";
        writeRunRecord(RunFiles{folder}.record(), record);
        QVERIFY(!screenshot("hostile.png", {"--page", "runs"}).isNull());
    }

private:
    /// Of a network that is trained in no time, for longer than any test.
    static Recipe endlessRecipe()
    {
        Recipe recipe = bookRecipe();
        recipe.weights = "none";
        recipe.width = 1.0 / 16;
        recipe.inputSize = 32;
        recipe.phases[0].epochs = mostEpochs;
        return recipe;
    }

    static QByteArray textOf(const QString& path)
    {
        QFile file(path);
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }

    QDir stateFolder() const { return QDir(qEnvironmentVariable("XDG_STATE_HOME") + "/thaw"); }
    QStringList logs() const { return stateFolder().entryList({"crash-*.log"}, QDir::Files); }

    /// Returns once the program has its handlers: it makes its state folder after everything that may fail,
    /// and the window follows.
    void start(QProcess& program, const QStringList& arguments = {})
    {
        program.setProcessChannelMode(QProcess::ForwardedErrorChannel);
        program.start(THAW_PROGRAM, arguments);
        QVERIFY(program.waitForStarted(test::patienceMs));
        // Signals caught: a bit for each in the process's own account of itself.
        QTRY_VERIFY_WITH_TIMEOUT(
            catches(program.processId(), SIGTERM) && catches(program.processId(), SIGSEGV), test::patienceMs);
    }

    static bool catches(qint64 process, int signal)
    {
        QFile status(QString("/proc/%1/status").arg(process));
        if (!status.open(QIODevice::ReadOnly)) {
            return false;
        }
        const QString line =
            QString::fromLatin1(status.readAll()).section("SigCgt:\t", 1).section('\n', 0, 0);
        return line.toULongLong(nullptr, 16) & (1ull << (signal - 1));
    }

    QImage screenshot(const QString& name, const QStringList& more = {}) const
    {
        const QString file = ui::toText(m_folder->path()) + '/' + name;
        QProcess program;
        program.start(THAW_PROGRAM,
                      QStringList{"--theme", "light", "--size", "1280x800", "--screenshot", file} + more);
        return program.waitForFinished(test::patienceMs) && program.exitCode() == 0 ? QImage(file) : QImage();
    }

    std::unique_ptr<test::TemporaryFolder> m_folder;
};

THAW_TEST(TestProgram)
#include "test_program.moc"

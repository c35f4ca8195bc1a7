// The program itself, as a desktop and a shell meet it.

#include "tests/support/synthetic_dataset.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"
#include "tests/ui/ui_fixtures.h"

#include <QDir>
#include <QFile>
#include <QImage>
#include <QProcess>
#include <QSettings>
#include <QTest>

#include <csignal>

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

private:
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

    QImage screenshot(const QString& name) const
    {
        const QString file = ui::toText(m_folder->path()) + '/' + name;
        QProcess program;
        program.start(THAW_PROGRAM, {"--theme", "light", "--size", "1280x800", "--screenshot", file});
        return program.waitForFinished(test::patienceMs) && program.exitCode() == 0 ? QImage(file) : QImage();
    }

    std::unique_ptr<test::TemporaryFolder> m_folder;
};

THAW_TEST(TestProgram)
#include "test_program.moc"

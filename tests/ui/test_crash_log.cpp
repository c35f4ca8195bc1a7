// What a crash leaves behind. Each crash happens in a child of its own.

#include "app/crash_log.h"
#include "core/base/paths.h"
#include "core/base/version.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"
#include "tests/ui/ui_fixtures.h"
#include "ui/settings/crash_reports.h"

#include <QDir>
#include <QFile>
#include <QSettings>
#include <QTest>

#include <csignal>
#include <cstdlib>
#include <functional>
#include <new>
#include <stdexcept>
#include <string>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace thaw;
using namespace thaw::ui;

namespace {

/// Runs `crash` in a child with a crash log. @return the signal that ended the child
int crashInChild(const std::filesystem::path& folder, const std::function<void()>& crash)
{
    const pid_t child = fork();
    if (child == 0) {
        const rlimit noCore{0, 0};
        setrlimit(RLIMIT_CORE, &noCore);
        // The test library's own handlers would speak up too.
        for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) {
            std::signal(signal, SIG_DFL);
        }
        installCrashLog(folder);
        crash();
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

/// Runs out of stack; what is volatile keeps it from becoming a loop.
int recurse(int depth)
{
    volatile char frame[4096];
    frame[0] = char(depth);
    // Never so; without an end the compiler warns.
    return depth < 0 ? 0 : recurse(depth / 2 + 1) + frame[0];
}

} // namespace

class TestCrashLog : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { test::isolateProgram(m_settings.path()); }

    void init()
    {
        QSettings().clear();
        m_folder = std::make_unique<test::TemporaryFolder>();
    }

    void namesVersionSignalRunAndStack_data()
    {
        QTest::addColumn<int>("signal");
        QTest::addColumn<QString>("name");
        QTest::newRow("SIGSEGV") << SIGSEGV << "SIGSEGV";
        QTest::newRow("SIGBUS") << SIGBUS << "SIGBUS";
        QTest::newRow("SIGFPE") << SIGFPE << "SIGFPE";
        QTest::newRow("SIGILL") << SIGILL << "SIGILL";
        QTest::newRow("SIGABRT") << SIGABRT << "SIGABRT";
    }

    void namesVersionSignalRunAndStack()
    {
        QFETCH(int, signal);
        QFETCH(QString, name);
        QCOMPARE(crashInChild(folder(),
                              [signal] {
                                  noteTrainingRun("/runs/of mine/one");
                                  raise(signal);
                              }),
                 signal); // and the system's own course goes on
        const QString log = onlyLog();
        QVERIFY(log.startsWith(QString("Thaw %1\n").arg(thawVersion)));
        QVERIFY2(log.contains("signal: " + name), qPrintable(log));
        QVERIFY(log.contains("training: /runs/of mine/one\n"));
        const QString stack = log.section("stack:\n", 1);
        QVERIFY2(stack.count('\n') >= 3, qPrintable(log));
        QVERIFY(stack.contains("test_ui"));
    }

    void saysWhatWasThrown()
    {
        const int signal = crashInChild(
            folder(), [] { std::thread([] { throw std::runtime_error("the sky fell"); }).join(); });
        QCOMPARE(signal, int(SIGABRT));
        QVERIFY2(onlyLog().contains("exception: the sky fell\n"), qPrintable(onlyLog()));
        QVERIFY(onlyLog().contains("training: none\n"));
    }

    void survivesAStackThatRanOut()
    {
        QCOMPARE(crashInChild(folder(), [] { recurse(0); }), int(SIGSEGV));
        QVERIFY(onlyLog().contains("SIGSEGV"));
    }

    void twoThreadsAtOnceLeaveOneWholeLog()
    {
        const int signal = crashInChild(folder(), [] {
            std::thread first([] { raise(SIGSEGV); });
            std::thread second([] { raise(SIGFPE); });
            first.join();
            second.join();
        });
        QVERIFY(signal == SIGSEGV || signal == SIGFPE);
        QCOMPARE(onlyLog().count("signal: "), 1);
        QVERIFY(onlyLog().section("stack:\n", 1).count('\n') >= 2);
    }

    void forgetsARunThatEnded()
    {
        crashInChild(folder(), [] {
            noteTrainingRun("/runs/one");
            noteTrainingRun({});
            raise(SIGSEGV);
        });
        QVERIFY(onlyLog().contains("training: none\n"));
    }

    void cutsNamesThatAreTooLong()
    {
        crashInChild(folder(), [] {
            noteTrainingRun("/" + std::string(5000, 'x'));
            raise(SIGSEGV);
        });
        const QString line = onlyLog().section("training: ", 1).section('\n', 0, 0);
        QVERIFY(line.size() > 500 && line.size() < 1100);
        QVERIFY(onlyLog().contains("stack:\n"));
    }

    void withoutAFolderThereIsNoLog()
    {
        QFile file(toText(*m_folder / "file"));
        QVERIFY(file.open(QIODevice::WriteOnly));
        QCOMPARE(crashInChild(*m_folder / "file" / "below", [] { raise(SIGSEGV); }), int(SIGSEGV));
        QVERIFY(QDir(toText(m_folder->path())).entryList({"crash*"}).isEmpty());
    }

    void leavesNothingWithoutACrash()
    {
        QCOMPARE(crashInChild(folder(), [] {}), 0);
        QVERIFY(QDir(toText(folder())).entryList(QDir::Files).isEmpty());
    }

    void isToldOnce()
    {
        QVERIFY(!untoldCrashLog(folder()));
        write("crash-20260101-100000-1.log");
        write("crash-20260102-100000-1.log");
        const auto log = untoldCrashLog(folder());
        QVERIFY(log && log->endsWith("crash-20260102-100000-1.log"));
        markCrashLogTold(*log);
        QVERIFY(!untoldCrashLog(folder()));
        write("crash-20260103-100000-1.log");
        QVERIFY(untoldCrashLog(folder())->endsWith("crash-20260103-100000-1.log"));
    }

    void keepsTheNewestTen()
    {
        for (int day = 10; day < 25; ++day) {
            write(QString("crash-202601%1-100000-1.log").arg(day));
        }
        markCrashLogTold(*untoldCrashLog(folder()));
        const QStringList left = QDir(toText(folder())).entryList(QDir::Files, QDir::Name);
        QCOMPARE(left.size(), 10);
        QCOMPARE(left.first(), "crash-20260115-100000-1.log");
    }

    void findsTheStateFolder()
    {
        const QByteArray before = qgetenv("XDG_STATE_HOME");
        qputenv("XDG_STATE_HOME", "/some/state");
        QCOMPARE(stateFolder(), std::filesystem::path("/some/state/thaw"));
        qputenv("XDG_STATE_HOME", "not/absolute"); // ignored, as the standard asks
        QCOMPARE(stateFolder(), toPath(QDir::homePath()) / ".local/state/thaw");
        qputenv("XDG_STATE_HOME", before);
    }

private:
    std::filesystem::path folder() const { return *m_folder / "state"; }

    QString onlyLog() const
    {
        const QDir logs(toText(folder()));
        const QStringList names = logs.entryList({"crash-*.log"}, QDir::Files);
        if (names.size() != 1) {
            return QString("%1 logs").arg(names.size());
        }
        QFile file(logs.filePath(names.first()));
        return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
    }

    void write(const QString& name)
    {
        QVERIFY(QDir().mkpath(toText(folder())));
        QFile file(QDir(toText(folder())).filePath(name));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("Thaw\n");
    }

    test::TemporaryFolder m_settings;
    std::unique_ptr<test::TemporaryFolder> m_folder;
};

THAW_TEST(TestCrashLog)
#include "test_crash_log.moc"

// Against a bus of the test's own with a logind of the test's own.

#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"
#include "tests/ui/ui_fixtures.h"
#include "ui/sleep_inhibitor.h"

#include <QDBusConnection>
#include <QDBusContext>
#include <QDBusUnixFileDescriptor>
#include <QProcess>
#include <QStandardPaths>
#include <QTest>

#include <fcntl.h>
#include <unistd.h>

using namespace thaw;
using namespace thaw::ui;

namespace {

/// logind as far as Inhibit goes: hands out one end of a pipe, and sees by the other when all copies are
/// closed.
class FakeLogind : public QObject, protected QDBusContext
{
    Q_OBJECT
    Q_CLASSINFO("D-Bus Interface", "org.freedesktop.login1.Manager")

public:
    ~FakeLogind() override
    {
        if (m_watched >= 0) {
            close(m_watched);
        }
    }

    QStringList asked;
    bool refuses = false;

    bool isHeld() const
    {
        char byte = 0;
        // Nothing to read yet: somebody holds the other end. End of file: nobody does.
        return m_watched >= 0 && read(m_watched, &byte, 1) < 0 && errno == EAGAIN;
    }

public Q_SLOTS:
    QDBusUnixFileDescriptor Inhibit(const QString& what, const QString& who, const QString& why,
                                    const QString& mode)
    {
        asked << what << who << why << mode;
        int ends[2] = {-1, -1};
        if (refuses || pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
            sendErrorReply(QDBusError::AccessDenied, "no");
            return {};
        }
        m_watched = ends[0];
        QDBusUnixFileDescriptor descriptor(ends[1]);
        close(ends[1]);
        return descriptor;
    }

private:
    int m_watched = -1;
};

} // namespace

class TestSleepInhibitor : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        const QString daemon = QStandardPaths::findExecutable("dbus-daemon");
        if (daemon.isEmpty()) {
            QSKIP("dbus-daemon is not installed");
        }
        m_daemon.start(daemon, {"--session", "--nofork", "--print-address"});
        QVERIFY(m_daemon.waitForReadyRead(test::patienceMs));
        m_address = QString::fromLatin1(m_daemon.readLine()).trimmed();
    }

    void cleanupTestCase()
    {
        m_daemon.kill();
        m_daemon.waitForFinished();
    }

    void init() { m_logind = std::make_unique<FakeLogind>(); }

    void cleanup()
    {
        QDBusConnection::disconnectFromBus("logind");
        QDBusConnection::disconnectFromBus("window");
    }

    void keepsTheMachineAwakeFromBeginToEnd()
    {
        startLogind();
        SleepInhibitor inhibitor(window());
        inhibitor.inhibit("A network is being trained");
        QTRY_VERIFY_WITH_TIMEOUT(inhibitor.isInhibiting(), test::patienceMs);
        QCOMPARE(m_logind->asked, (QStringList{"sleep:idle", "Thaw", "A network is being trained", "block"}));
        QVERIFY(m_logind->isHeld());
        inhibitor.inhibit("once more");
        inhibitor.release();
        QVERIFY(!inhibitor.isInhibiting());
        QTRY_VERIFY_WITH_TIMEOUT(!m_logind->isHeld(), test::patienceMs);
        QCOMPARE(m_logind->asked.size(), 4);
    }

    void anAnswerThatComesTooLateHoldsNothing()
    {
        startLogind();
        SleepInhibitor inhibitor(window());
        inhibitor.inhibit("a very short training");
        inhibitor.release();
        QTRY_COMPARE_WITH_TIMEOUT(m_logind->asked.size(), 4, test::patienceMs);
        QTRY_VERIFY_WITH_TIMEOUT(!m_logind->isHeld(), test::patienceMs);
        QVERIFY(!inhibitor.isInhibiting());
    }

    void aRefusalIsNoMatter()
    {
        m_logind->refuses = true;
        startLogind();
        SleepInhibitor inhibitor(window());
        inhibitor.inhibit("training");
        QTRY_COMPARE_WITH_TIMEOUT(m_logind->asked.size(), 4, test::patienceMs);
        QCoreApplication::processEvents();
        QVERIFY(!inhibitor.isInhibiting());
        inhibitor.release();
    }

    void noLogindIsNoMatter()
    {
        SleepInhibitor inhibitor(window());
        inhibitor.inhibit("training");
        inhibitor.release();
        QVERIFY(!inhibitor.isInhibiting());
    }

    void noBusIsNoMatter()
    {
        SleepInhibitor inhibitor(QDBusConnection::connectToBus("unix:path=/no/such/bus", "nowhere"));
        inhibitor.inhibit("training");
        QVERIFY(!inhibitor.isInhibiting());
        inhibitor.release();
    }

private:
    void startLogind()
    {
        QDBusConnection bus = QDBusConnection::connectToBus(m_address, "logind");
        QVERIFY(
            bus.registerObject("/org/freedesktop/login1", m_logind.get(), QDBusConnection::ExportAllSlots));
        QVERIFY(bus.registerService("org.freedesktop.login1"));
    }
    QDBusConnection window() const { return QDBusConnection::connectToBus(m_address, "window"); }

    QProcess m_daemon;
    QString m_address;
    std::unique_ptr<FakeLogind> m_logind;
};

THAW_TEST(TestSleepInhibitor)
#include "test_sleep_inhibitor.moc"

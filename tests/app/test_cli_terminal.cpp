#include "tests/app/cli_process.h"
#include "tests/support/synthetic_dataset.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QtTest>

#include <pty.h>
#include <thread>
#include <unistd.h>

using namespace thaw::test;

/// What a person at a terminal sees: the progress bar.
class TestCliTerminal : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase();
    void drawsABarAndErasesIt();
    void drawsNoneOnADumbTerminal();

private:
    /// Runs a training with a pseudo terminal as standard error and returns what was written there.
    QByteArray screenOf(const std::filesystem::path& run);

    TemporaryFolder m_folder;
    std::filesystem::path m_data;
};

void TestCliTerminal::initTestCase()
{
    isolateUserFolders(m_folder.path());
    m_data = m_folder / "hues";
    SyntheticSpec spec;
    spec.perClass = 8;
    writeSyntheticDataset(m_data, spec);
    qputenv("COLUMNS", "70");
}

QByteArray TestCliTerminal::screenOf(const std::filesystem::path& run)
{
    int master = -1;
    int slave = -1;
    if (openpty(&master, &slave, nullptr, nullptr, nullptr) != 0) {
        return {};
    }
    QByteArray screen;
    std::thread reader([&screen, master] {
        char buffer[4096];
        // Fails with EIO once the last holder of the other end has gone.
        for (ssize_t count = 0; (count = read(master, buffer, sizeof buffer)) > 0;) {
            screen.append(buffer, count);
        }
    });
    QProcess process;
    process.setChildProcessModifier([slave] { dup2(slave, STDERR_FILENO); });
    startCli(process, quickTraining(m_data, run));
    close(slave);
    const int exitStatus = finishCli(process).exitStatus;
    reader.join();
    close(master);
    return exitStatus == 0 ? screen : QByteArray();
}

void TestCliTerminal::drawsABarAndErasesIt()
{
    qputenv("TERM", "xterm");
    const QByteArray screen = screenOf(m_folder / "xterm run");
    QVERIFY2(screen.contains("\rphase 1/2, epoch 1/2"), screen.constData());
    QVERIFY(screen.contains("phase 2 epoch 2/2"));
    // Each drawing begins with a carriage return: none may reach the last column.
    for (const QByteArray& drawn : screen.split('\r')) {
        const auto end = drawn.indexOf("\x1b[K");
        if (end >= 0) {
            QVERIFY2(QString::fromUtf8(drawn.left(end)).size() < 70, drawn.constData());
        }
    }
    // The last progress was erased: after it nothing but whole lines.
    const QByteArray tail = screen.mid(screen.lastIndexOf("\x1b[K") + 3);
    QVERIFY2(screen.lastIndexOf("\r\x1b[K") == screen.lastIndexOf("\x1b[K") - 1, screen.constData());
    QVERIFY2(tail.isEmpty() || tail.endsWith('\n'), tail.constData());
}

void TestCliTerminal::drawsNoneOnADumbTerminal()
{
    qputenv("TERM", "dumb");
    const QByteArray screen = screenOf(m_folder / "dumb run");
    QVERIFY2(screen.contains("phase 2 epoch 2/2"), screen.constData());
    QVERIFY(!screen.contains('\x1b'));
}

THAW_TEST(TestCliTerminal)
#include "test_cli_terminal.moc"

#include "core/base/error.h"
#include "core/base/subprocess.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QElapsedTimer>
#include <QTest>

#include <csignal>
#include <fstream>
#include <poll.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace thaw;

class TestSubprocess : public QObject
{
    Q_OBJECT

private slots:
    void outputAndStatusComeBack()
    {
        const auto result = runProcess({"sh", "-c", "echo out; echo err >&2; exit 3"}, {});
        QVERIFY(result.has_value());
        QCOMPARE(result->exitStatus, 3);
        QCOMPARE(result->output, std::string("out\nerr\n"));
    }

    void argumentsAreNotForAShell()
    {
        const auto result = runProcess({"printf", "%s|", "a b", "$HOME", ";exit 1"}, {});
        QCOMPARE(result->output, std::string("a b|$HOME|;exit 1|"));
        QCOMPARE(result->exitStatus, 0);
    }

    void workingFolderAndInput()
    {
        test::TemporaryFolder folder;
        const auto where = runProcess({"pwd", "-P"}, folder.path());
        QCOMPARE(where->output, std::filesystem::canonical(folder.path()).string() + "\n");
        // cat would wait for ever if it had our standard input.
        const auto input = runProcess({"cat"}, {});
        QCOMPARE(input->exitStatus, 0);
        QCOMPARE(input->output, std::string());
    }

    void missingProgramAndFolder()
    {
        const auto result = runProcess({"thaw-no-such-program"}, {});
        QCOMPARE(result->exitStatus, 127);
        QVERIFY(result->output.find("thaw-no-such-program") != std::string::npos);
        QVERIFY_THROWS_EXCEPTION(Error, runProcess({"true"}, "/thaw/no/such/folder"));
        QVERIFY_THROWS_EXCEPTION(Error, runProcess({}, {}));
    }

    void longOutputKeepsItsEnd()
    {
        const auto result = runProcess({"sh", "-c", "seq 1 100000; echo last"}, {});
        QCOMPARE(result->exitStatus, 0);
        QCOMPARE(result->output.size(), std::size_t(64 * 1024));
        QVERIFY(result->output.ends_with("100000\nlast\n"));
    }

    void killedBySignal() { QCOMPARE(runProcess({"sh", "-c", "kill -9 $$"}, {})->exitStatus, 128 + SIGKILL); }

    void somethingLeftBehindIsNotWaitedFor()
    {
        QElapsedTimer timer;
        timer.start();
        const auto result = runProcess({"sh", "-c", "echo started; sleep 5 & exit 0"}, {});
        QCOMPARE(result->output, std::string("started\n"));
        QVERIFY(timer.elapsed() < 4000);
    }

    // The stop comes when the child has said that it runs, and must reach the child's own child too.
    void stopKillsTheWholeGroup()
    {
        test::TemporaryFolder folder;
        const std::string fifo = (folder / "alive").string();
        QCOMPARE(runProcess({"mkfifo", fifo}, {})->exitStatus, 0);
        std::stop_source stop;
        std::optional<ProcessResult> result = ProcessResult{};
        std::thread runner([&] {
            result = runProcess({"sh", "-c", "(echo up; exec sleep 600) > alive & wait"}, folder.path(),
                                stop.get_token());
        });
        std::ifstream alive(fifo);
        std::string word;
        std::getline(alive, word);
        stop.request_stop();
        // The pipe ends only when its last writer, the sleeping grandchild, is gone.
        std::string rest;
        std::getline(alive, rest);
        const bool ended = alive.eof();
        runner.join();
        QCOMPARE(word, std::string("up"));
        QVERIFY(ended);
        QVERIFY(!result.has_value());
    }

    void aProgramEndsWithWhoStartedIt()
    {
        int ends[2] = {-1, -1};
        QCOMPARE(pipe(ends), 0);
        const std::string file = "/proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(ends[1]);
        const pid_t starter = fork();
        if (starter == 0) {
            runProcess({"sh", "-c", "exec 7> '" + file + "'; echo up >&7; exec sleep 600"}, {});
            _exit(0);
        }
        char word[3] = "";
        QCOMPARE(read(ends[0], word, 3), ssize_t(3));
        kill(starter, SIGKILL);
        QCOMPARE(waitpid(starter, nullptr, 0), starter);
        close(ends[1]);
        // The pipe ends with its last writer.
        pollfd ended{ends[0], POLLIN, 0};
        QCOMPARE(poll(&ended, 1, 30'000), 1);
        QCOMPARE(read(ends[0], word, 3), ssize_t(0));
        close(ends[0]);
    }

    void signalsAreNotInherited()
    {
        const auto before = std::signal(SIGXFSZ, SIG_IGN);
        const auto result = runProcess({"sh", "-c", "kill -XFSZ $$"}, {});
        std::signal(SIGXFSZ, before);
        QCOMPARE(result->exitStatus, 128 + SIGXFSZ);
    }

    void stoppedBeforeItStarts()
    {
        test::TemporaryFolder folder;
        std::stop_source stop;
        stop.request_stop();
        QVERIFY(!runProcess({"touch", "made"}, folder.path(), stop.get_token()).has_value());
        QVERIFY(!std::filesystem::exists(folder / "made"));
    }
};

THAW_TEST(TestSubprocess)
#include "test_subprocess.moc"

#include "core/base/error.h"
#include "core/run/run_lock.h"
#include "core/run/run_store.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QtTest>

#include <atomic>
#include <fcntl.h>
#include <fstream>
#include <optional>
#include <spawn.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace thaw;

namespace {

/// Descriptors of this process for the file.
std::ptrdiff_t descriptorsOf(const std::filesystem::path& file)
{
    std::ptrdiff_t count = 0;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
        count += std::filesystem::read_symlink(entry.path(), error) == file;
    }
    return count;
}

/// Takes the lock while somebody looks at it who goes away once the file was opened for taking it.
bool isTakenWhileSomebodyLooks(const std::filesystem::path& folder)
{
    const std::filesystem::path file = std::filesystem::canonical(folder) / "run.lock";
    const int looks = open(file.c_str(), O_RDONLY | O_CLOEXEC);
    flock(looks, LOCK_SH | LOCK_NB);
    std::atomic<bool> isOver = false;
    std::thread looker([&] {
        while (!isOver && descriptorsOf(file) < 2) {
        }
        if (!isOver) {
            flock(looks, LOCK_UN);
        }
    });
    bool isTaken = true;
    try {
        const RunLock lock(folder);
    } catch (const Error&) {
        isTaken = false;
    }
    isOver = true;
    looker.join();
    close(looks);
    return isTaken;
}

} // namespace

class TestRunLock : public QObject
{
    Q_OBJECT

private slots:
    void keepsOthersOut();
    void isFreeWithoutAFile();
    void diesWithItsProcess();
    void diesWithItsProcessWhateverThatStarted();
    void whoLooksIsNoTrainer();
    void isTakenAlthoughSomebodyLooks();
    void tellsWhatItCannotLock();
    void isTakenAgainWhereTheFileWasRemoved();
    void isNotTakenFromWhoWasQuicker();
    void followsNoLink();
    void locksFilesOnly();
};

void TestRunLock::keepsOthersOut()
{
    const test::TemporaryFolder folder;
    std::optional<RunLock> lock(std::in_place, folder.path());
    QVERIFY(RunLock::isHeld(folder.path()));
    try {
        const RunLock second(folder.path());
        QFAIL("taken twice");
    } catch (const Error& error) {
        QCOMPARE(error.code(), ErrorCode::RunInUse);
        QCOMPARE(error.path(), folder.path());
    }
    QVERIFY2(RunLock::isHeld(folder.path()), "the failed attempt must not have released it");
    lock.reset();
    QVERIFY(!RunLock::isHeld(folder.path()));
    const RunLock again(folder.path());
    QVERIFY(RunLock::isHeld(folder.path()));
}

void TestRunLock::isFreeWithoutAFile()
{
    const test::TemporaryFolder folder;
    QVERIFY(!RunLock::isHeld(folder.path()));
    QVERIFY(!RunLock::isHeld(folder / "absent"));
    QVERIFY2(std::filesystem::is_empty(folder.path()), "asking leaves no trace");
}

void TestRunLock::diesWithItsProcess()
{
    const test::TemporaryFolder folder;
    int ready[2];
    int finish[2];
    QVERIFY(pipe(ready) == 0 && pipe(finish) == 0);
    const pid_t child = fork();
    QVERIFY(child >= 0);
    if (child == 0) {
        close(finish[1]);
        const RunLock lock(folder.path());
        char byte = 'r';
        const bool told = write(ready[1], &byte, 1) == 1;
        // Ends when the parent closes its end, with the lock still held.
        _exit(told && read(finish[0], &byte, 1) == 0 ? 0 : 1);
    }
    char byte = 0;
    QCOMPARE(read(ready[0], &byte, 1), ssize_t(1));
    QVERIFY(RunLock::isHeld(folder.path()));
    QVERIFY_EXCEPTION_THROWN(RunLock(folder.path()), Error);
    close(finish[1]);
    int status = -1;
    QCOMPARE(waitpid(child, &status, 0), child);
    QCOMPARE(status, 0);
    QVERIFY(!RunLock::isHeld(folder.path()));
    for (const int descriptor : {ready[0], ready[1], finish[0]}) {
        close(descriptor);
    }
}

// A program that was started meanwhile (pip, a file dialog's helper) may live on when the trainer is gone.
void TestRunLock::diesWithItsProcessWhateverThatStarted()
{
    const test::TemporaryFolder folder;
    int input[2];
    int output[2];
    QCOMPARE(pipe2(input, O_CLOEXEC), 0);
    QCOMPARE(pipe2(output, O_CLOEXEC), 0);
    pid_t child = -1;
    char byte = 'e';
    {
        const RunLock lock(folder.path());
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, input[0], STDIN_FILENO);
        posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO);
        char program[] = "cat";
        char* const arguments[] = {program, nullptr};
        QCOMPARE(posix_spawnp(&child, program, &actions, nullptr, arguments, environ), 0);
        posix_spawn_file_actions_destroy(&actions);
        // Its answer is the program's own: what it does not inherit is closed by then.
        QCOMPARE(write(input[1], &byte, 1), ssize_t(1));
        QCOMPARE(read(output[0], &byte, 1), ssize_t(1));
    }
    // It lives, and waits for more.
    const bool isHeld = RunLock::isHeld(folder.path());
    close(input[1]);
    int status = -1;
    QCOMPARE(waitpid(child, &status, 0), child);
    QCOMPARE(status, 0);
    for (const int descriptor : {input[0], output[0], output[1]}) {
        close(descriptor);
    }
    QVERIFY(!isHeld);
}

// isHeld() of another process, in the instant in which it looks.
void TestRunLock::whoLooksIsNoTrainer()
{
    const test::TemporaryFolder folder;
    {
        const RunLock lock(folder.path()); // leaves its file
    }
    const int looks = open((folder / "run.lock").c_str(), O_RDONLY | O_CLOEXEC);
    QVERIFY(looks >= 0);
    QCOMPARE(flock(looks, LOCK_SH | LOCK_NB), 0);
    const bool isHeld = RunLock::isHeld(folder.path());
    close(looks);
    QVERIFY(!isHeld);
}

void TestRunLock::isTakenAlthoughSomebodyLooks()
{
    const test::TemporaryFolder folder;
    {
        const RunLock lock(folder.path());
    }
    const int looks = open((folder / "run.lock").c_str(), O_RDONLY | O_CLOEXEC);
    QVERIFY(looks >= 0);
    QCOMPARE(flock(looks, LOCK_SH | LOCK_NB), 0);
    // Who keeps it trains, whatever kind of lock it is.
    QVERIFY_EXCEPTION_THROWN(RunLock(folder.path()), Error);
    close(looks);
    // Who lets go of it after an instant does not: the lock is asked for again. Attempts, since the instant
    // may be long on a machine with other work.
    bool isTaken = false;
    for (int attempt = 0; attempt < 20 && !isTaken; ++attempt) {
        isTaken = isTakenWhileSomebodyLooks(folder.path());
    }
    QVERIFY(isTaken);
}

void TestRunLock::tellsWhatItCannotLock()
{
    const test::TemporaryFolder folder;
    try {
        const RunLock lock(folder / "absent");
        QFAIL("locked");
    } catch (const Error& error) {
        QCOMPARE(error.code(), ErrorCode::WriteFailed);
        QCOMPARE(error.path(), folder.path() / "absent" / "run.lock");
    }
}

void TestRunLock::isTakenAgainWhereTheFileWasRemoved()
{
    const test::TemporaryFolder folder;
    RunLock lock(folder.path());
    QVERIFY(!lock.renew());
    std::filesystem::remove(RunFiles{folder.path()}.lock());
    QVERIFY(!RunLock::isHeld(folder.path()));
    QVERIFY(lock.renew());
    QVERIFY(RunLock::isHeld(folder.path()));
    QVERIFY(!lock.renew());
    std::filesystem::remove(RunFiles{folder.path()}.lock());
    std::ofstream(RunFiles{folder.path()}.lock()) << "";
    QVERIFY2(lock.renew(), "replaced by a file that nobody holds");
    QVERIFY(RunLock::isHeld(folder.path()));
}

void TestRunLock::isNotTakenFromWhoWasQuicker()
{
    const test::TemporaryFolder folder;
    RunLock lock(folder.path());
    std::filesystem::remove(RunFiles{folder.path()}.lock());
    const RunLock quicker(folder.path());
    try {
        lock.renew();
        QFAIL("two hold the run");
    } catch (const Error& error) {
        QCOMPARE(error.code(), ErrorCode::RunInUse);
    }
}

void TestRunLock::followsNoLink()
{
    const test::TemporaryFolder folder;
    const auto outside = folder / "outside";
    std::filesystem::create_directories(folder / "run");
    std::filesystem::create_symlink(outside, RunFiles{folder / "run"}.lock());
    try {
        const RunLock lock(folder / "run");
        QFAIL("locked what the link names");
    } catch (const Error& error) {
        QCOMPARE(error.code(), ErrorCode::RunInvalid);
        QVERIFY(error.detail().find("link") != std::string::npos);
    }
    QVERIFY2(!std::filesystem::exists(outside), "nothing is made where it leads");
    QVERIFY(!RunLock::isHeld(folder / "run"));
}

void TestRunLock::locksFilesOnly()
{
    const test::TemporaryFolder folder;
    QCOMPARE(mkfifo(RunFiles{folder.path()}.lock().c_str(), 0600), 0);
    try {
        const RunLock lock(folder.path());
        QFAIL("locked a pipe");
    } catch (const Error& error) {
        QCOMPARE(error.code(), ErrorCode::RunInvalid);
    }
    std::filesystem::remove(RunFiles{folder.path()}.lock());
    std::filesystem::create_directory(RunFiles{folder.path()}.lock());
    try {
        const RunLock lock(folder.path());
        QFAIL("locked a folder");
    } catch (const Error& error) {
        QCOMPARE(error.code(), ErrorCode::RunInvalid);
        QCOMPARE(error.path(), RunFiles{folder.path()}.lock());
        QVERIFY2(error.detail().find("is a folder") != std::string::npos, error.what());
    }
    QVERIFY(!RunLock::isHeld(folder.path()));
}

THAW_TEST(TestRunLock)
#include "test_run_lock.moc"

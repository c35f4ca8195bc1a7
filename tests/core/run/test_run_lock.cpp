#include "core/base/error.h"
#include "core/run/run_store.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QtTest>

#include <fstream>
#include <optional>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace thaw;

class TestRunLock : public QObject
{
    Q_OBJECT

private slots:
    void keepsOthersOut();
    void isFreeWithoutAFile();
    void diesWithItsProcess();
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
}

THAW_TEST(TestRunLock)
#include "test_run_lock.moc"

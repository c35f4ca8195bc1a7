#include "core/base/error.h"
#include "core/run/run_store.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QtTest>

#include <optional>
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

THAW_TEST(TestRunLock)
#include "test_run_lock.moc"

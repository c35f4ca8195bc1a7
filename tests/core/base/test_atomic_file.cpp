#include "core/base/atomic_file.h"
#include "core/base/signals.h"
#include "tests/support/error_code.h"
#include "tests/support/faulty_file_system.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <cerrno>
#include <csignal>
#include <iterator>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

using namespace thaw;

namespace {

int umaskCalls = 0;

} // namespace

/// In place of the C library's, which it does the work of: what it is called for can be seen from nowhere
/// else.
extern "C" mode_t umask(mode_t mask) noexcept
{
    ++umaskCalls;
    return static_cast<mode_t>(syscall(SYS_umask, mask));
}

namespace {

std::size_t entries(const std::filesystem::path& folder)
{
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

} // namespace

class TestAtomicFile : public QObject
{
    Q_OBJECT

private slots:
    void commitReplaces()
    {
        test::TemporaryFolder folder;
        writeFileAtomically(folder / "a.txt", "old");
        writeFileAtomically(folder / "a.txt", "new");
        QCOMPARE(readTextFile(folder / "a.txt", 100), std::string("new"));
        QCOMPARE(entries(folder.path()), std::size_t(1));
    }

    void withoutCommitNothingChanges()
    {
        test::TemporaryFolder folder;
        writeFileAtomically(folder / "a.txt", "old");
        {
            AtomicFile file(folder / "a.txt");
            file.write("half");
            QCOMPARE(entries(folder.path()), std::size_t(2));
        }
        QCOMPARE(readTextFile(folder / "a.txt", 100), std::string("old"));
        QCOMPARE(entries(folder.path()), std::size_t(1));
    }

    void modeFollowsTheUmask()
    {
        test::TemporaryFolder folder;
        const mode_t before = umask(022);
        writeFileAtomically(folder / "a.txt", "x");
        umask(before);
        struct stat status
        {
        };
        QCOMPARE(stat((folder / "a.txt").c_str(), &status), 0);
        QCOMPARE(status.st_mode & 0777u, 0644u);
    }

    // Set and set back, two threads at once could leave it at nothing: every file of the process anybody's.
    void theUmaskIsReadWithoutBeingSet()
    {
        if (!std::filesystem::exists("/proc/self/status")) {
            QSKIP("there is no /proc to read it from");
        }
        test::TemporaryFolder folder;
        const int before = umaskCalls;
        writeFileAtomically(folder / "a.txt", "x");
        QCOMPARE(umaskCalls, before);
    }

    void aFolderThatCannotBeWrittenIsNamed()
    {
        test::TemporaryFolder folder;
        QCOMPARE(test::codeOf([&] { AtomicFile(folder.path() / "absent" / "a.txt"); }),
                 ErrorCode::WriteFailed);
        writeFileAtomically(folder / "file", "x");
        QCOMPARE(test::codeOf([&] { ensureWritableFolder(folder.path() / "file" / "sub"); }),
                 ErrorCode::WriteFailed);
        ensureWritableFolder(folder.path() / "a" / "b");
        QCOMPARE(entries(folder.path() / "a" / "b"), std::size_t(0));
    }

    void aWriteThatFailsLeavesTheOldFile()
    {
        // A limit on the file's size is the one way to make a write fail without a file system of our own.
        test::TemporaryFolder folder;
        writeFileAtomically(folder / "a.txt", "old");
        struct rlimit before
        {
        };
        QCOMPARE(getrlimit(RLIMIT_FSIZE, &before), 0);
        const auto handler = std::signal(SIGXFSZ, SIG_DFL);
        reportFailedWrites();
        const rlimit small{4096, before.rlim_max};
        QCOMPARE(setrlimit(RLIMIT_FSIZE, &small), 0);
        const auto code =
            test::codeOf([&] { writeFileAtomically(folder / "a.txt", std::string(10'000, 'x')); });
        setrlimit(RLIMIT_FSIZE, &before);
        std::signal(SIGXFSZ, handler);
        QCOMPARE(code, ErrorCode::DiskFull);
        QCOMPARE(readTextFile(folder / "a.txt", 100), std::string("old"));
        QCOMPARE(entries(folder.path()), std::size_t(1));
    }

    // Old or new, never anything between, and no trace of a file that did not come to be.
    void eachFailedCallLeavesAWholeFile()
    {
        test::TemporaryFolder folder;
        const auto target = folder / "a.txt";
        std::size_t calls = 1;
        for (std::size_t call = 0; call < calls; ++call) {
            writeFileAtomically(target, "old");
            test::FaultyFileSystem faulty;
            faulty.failFrom(call, 1, ENOSPC);
            const FileSystemScope scope(faulty);
            QCOMPARE(test::codeOf([&] { writeFileAtomically(target, "new"); }), ErrorCode::DiskFull);
            const std::string found = readTextFile(target, 100);
            // Only the sync of the folder comes after the new file is in its place.
            QCOMPARE(found,
                     std::string(faulty.actionOf(call) == test::FileAction::SyncFolder ? "new" : "old"));
            QCOMPARE(entries(folder.path()), std::size_t(1));
            // Create, write, sync, close, rename and the folder's sync.
            calls = 6;
        }
    }

    // What waits for room must not take a broken disk for a full one, nor the other way round.
    void aUsedUpQuotaIsAFullDisk()
    {
        test::TemporaryFolder folder;
        for (const auto& [number, code] :
             {std::pair(ENOSPC, ErrorCode::DiskFull), std::pair(EDQUOT, ErrorCode::DiskFull),
              std::pair(EIO, ErrorCode::WriteFailed), std::pair(EROFS, ErrorCode::WriteFailed)})
        {
            test::FaultyFileSystem faulty;
            faulty.failFrom(0, 100, number);
            faulty.failOnly(test::FileAction::Write);
            const FileSystemScope scope(faulty);
            QCOMPARE(test::codeOf([&] { writeFileAtomically(folder / "a.txt", "new"); }), code);
        }
    }

    void shortAndInterruptedWritesAreGoneOnWith()
    {
        test::TemporaryFolder folder;
        test::FaultyFileSystem faulty;
        faulty.hamper();
        const FileSystemScope scope(faulty);
        const std::string text(10'000, 'x');
        for (int i = 0; i < 5; ++i) {
            writeFileAtomically(folder / "a.txt", text);
            QVERIFY(readTextFile(folder / "a.txt", 20'000) == text);
        }
        // Undisturbed, a file takes six calls.
        QVERIFY(faulty.calls() > 5 * 6);
    }

    void aFolderThatCannotBeSyncedIsNoError()
    {
        test::TemporaryFolder folder;
        test::FaultyFileSystem faulty;
        faulty.failFrom(0, 100, EINVAL);
        faulty.failOnly(test::FileAction::SyncFolder);
        const FileSystemScope scope(faulty);
        writeFileAtomically(folder / "a.txt", "new");
        QCOMPARE(faulty.failures(), std::size_t(1));
    }

    void aSharedFileHasTwoNames()
    {
        test::TemporaryFolder folder;
        writeFileAtomically(folder / "phase1", "one");
        writeFileAtomically(folder / "best", "zero");
        shareFile(folder / "phase1", folder / "best");
        QCOMPARE(readTextFile(folder / "best", 100), std::string("one"));
        QVERIFY(std::filesystem::equivalent(folder / "phase1", folder / "best"));
        // Again, which POSIX's rename would take for nothing to do.
        shareFile(folder / "phase1", folder / "best");
        // A new file under the first name does not show under the second.
        writeFileAtomically(folder / "phase1", "two");
        QCOMPARE(readTextFile(folder / "best", 100), std::string("one"));
        QCOMPARE(entries(folder.path()), std::size_t(2));
        QCOMPARE(test::codeOf([&] { shareFile(folder / "absent", folder / "best"); }),
                 ErrorCode::FileNotFound);
    }

    void whereThereAreNoSecondNamesItIsCopied()
    {
        test::TemporaryFolder folder;
        writeFileAtomically(folder / "phase1", std::string(3'000'000, 'x'));
        test::FaultyFileSystem faulty;
        faulty.failFrom(0, 100, EPERM);
        faulty.failOnly(test::FileAction::Link);
        const FileSystemScope scope(faulty);
        shareFile(folder / "phase1", folder / "best");
        QVERIFY(!std::filesystem::equivalent(folder / "phase1", folder / "best"));
        QVERIFY(readTextFile(folder / "best", 4'000'000) == std::string(3'000'000, 'x'));
        QCOMPARE(entries(folder.path()), std::size_t(2));
    }

    void leftoversAreTold()
    {
        test::TemporaryFolder folder;
        for (const char* name : {".a.txt.part-AbCdEf", ".best.part-shared", ".hidden", "a.part-AbCdEf",
                                 ".a.part-toolong", "a.txt"})
        {
            writeFileAtomically(folder / name, "x");
        }
        removeLeftovers(folder.path());
        QCOMPARE(entries(folder.path()), std::size_t(4));
        QVERIFY(!std::filesystem::exists(folder / ".a.txt.part-AbCdEf"));
        removeLeftovers(folder / "absent");
    }

    void readingIsBounded()
    {
        test::TemporaryFolder folder;
        writeFileAtomically(folder / "a.txt", "12345");
        QCOMPARE(test::codeOf([&] { readFile(folder / "a.txt", 4); }), ErrorCode::FileUnreadable);
        QCOMPARE(readFile(folder / "a.txt", 5).size(), std::size_t(5));
        QCOMPARE(test::codeOf([&] { readFile(folder / "b.txt", 4); }), ErrorCode::FileNotFound);
        QCOMPARE(test::codeOf([&] { readFile(folder.path(), 4); }), ErrorCode::FileUnreadable);
        QCOMPARE(mkfifo((folder / "pipe").c_str(), 0600), 0);
        QCOMPARE(test::codeOf([&] { readFile(folder / "pipe", 4); }), ErrorCode::FileUnreadable);
    }

    void freeSpaceLooksAtTheNearestParent()
    {
        test::TemporaryFolder folder;
        QVERIFY(freeSpace(folder.path() / "not" / "yet") > 0);
    }
};

THAW_TEST(TestAtomicFile)
#include "test_atomic_file.moc"

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "tests/support/test_paths.h"

#include <QTest>

#include <csignal>
#include <iterator>
#include <sys/resource.h>
#include <sys/stat.h>

using namespace thaw;

namespace {

std::size_t entries(const std::filesystem::path& folder)
{
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

template <typename Call>
ErrorCode codeOf(Call call)
{
    try {
        call();
    } catch (const Error& error) {
        return error.code();
    }
    return ErrorCode::Usage;
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

    void aFolderThatCannotBeWrittenIsNamed()
    {
        test::TemporaryFolder folder;
        QCOMPARE(codeOf([&] { AtomicFile(folder.path() / "absent" / "a.txt"); }), ErrorCode::WriteFailed);
        writeFileAtomically(folder / "file", "x");
        QCOMPARE(codeOf([&] { ensureWritableFolder(folder.path() / "file" / "sub"); }),
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
        const auto handler = std::signal(SIGXFSZ, SIG_IGN);
        const rlimit small{4096, before.rlim_max};
        QCOMPARE(setrlimit(RLIMIT_FSIZE, &small), 0);
        const ErrorCode code =
            codeOf([&] { writeFileAtomically(folder / "a.txt", std::string(10'000, 'x')); });
        setrlimit(RLIMIT_FSIZE, &before);
        std::signal(SIGXFSZ, handler);
        QCOMPARE(code, ErrorCode::WriteFailed);
        QCOMPARE(readTextFile(folder / "a.txt", 100), std::string("old"));
        QCOMPARE(entries(folder.path()), std::size_t(1));
    }

    void readingIsBounded()
    {
        test::TemporaryFolder folder;
        writeFileAtomically(folder / "a.txt", "12345");
        QCOMPARE(codeOf([&] { readFile(folder / "a.txt", 4); }), ErrorCode::FileUnreadable);
        QCOMPARE(readFile(folder / "a.txt", 5).size(), std::size_t(5));
        QCOMPARE(codeOf([&] { readFile(folder / "b.txt", 4); }), ErrorCode::FileNotFound);
        QCOMPARE(codeOf([&] { readFile(folder.path(), 4); }), ErrorCode::FileUnreadable);
        QCOMPARE(mkfifo((folder / "pipe").c_str(), 0600), 0);
        QCOMPARE(codeOf([&] { readFile(folder / "pipe", 4); }), ErrorCode::FileUnreadable);
    }

    void freeSpaceLooksAtTheNearestParent()
    {
        test::TemporaryFolder folder;
        QVERIFY(freeSpace(folder.path() / "not" / "yet") > 0);
    }
};

QTEST_GUILESS_MAIN(TestAtomicFile)
#include "test_atomic_file.moc"

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/scratch_folder.h"
#include "tests/support/error_code.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

using namespace thaw;
namespace fs = std::filesystem;

class TestScratchFolder : public QObject
{
    Q_OBJECT

private slots:
    void isOwnAndGoesWithWhatIsInIt()
    {
        test::TemporaryFolder parent;
        fs::path path;
        {
            const ScratchFolder folder(parent.path(), "fetch-");
            path = folder.path();
            QCOMPARE(path.parent_path(), parent.path());
            QCOMPARE(fs::status(path).permissions(), fs::perms::owner_all);
            fs::create_directories(path / "a" / "b");
            const ScratchFolder other(parent.path(), "fetch-");
            QVERIFY(other.path() != path);
            QVERIFY(fs::is_directory(path / "a" / "b"));
        }
        QVERIFY(fs::is_empty(parent.path()));
    }

    void whatAKilledProcessLeftGoesWithTheNext()
    {
        test::TemporaryFolder parent;
        int ends[2] = {-1, -1};
        QCOMPARE(pipe(ends), 0);
        const pid_t child = fork();
        if (child == 0) {
            const ScratchFolder folder(parent.path(), "fetch-");
            writeFileAtomically(folder.path() / "half", "x");
            [[maybe_unused]] const auto told = write(ends[1], "x", 1);
            pause();
            _exit(1);
        }
        char byte = 0;
        QCOMPARE(read(ends[0], &byte, 1), ssize_t(1));
        writeFileAtomically(parent / "fetch-file01", "a file of somebody's");
        fs::create_directory(parent / "fetch-long-name");
        fs::create_directory(parent.path() / "other");
        fs::create_symlink("other", parent / "fetch-link01");
        const auto count = [&] {
            return std::distance(fs::directory_iterator(parent.path()), fs::directory_iterator());
        };
        {
            const ScratchFolder folder(parent.path(), "fetch-");
            QCOMPARE(count(), std::ptrdiff_t(6)); // the child lives
        }
        kill(child, SIGKILL);
        QCOMPARE(waitpid(child, nullptr, 0), child);
        {
            const ScratchFolder folder(parent.path(), "fetch-");
            QCOMPARE(count(), std::ptrdiff_t(5));
        }
        QCOMPARE(count(), std::ptrdiff_t(4));
        QVERIFY(fs::exists(parent.path() / "other"));
        close(ends[0]);
        close(ends[1]);
    }

    void aParentThatCannotBeWrittenIsNamed()
    {
        test::TemporaryFolder parent;
        QCOMPARE(test::codeOf([&] { ScratchFolder(parent / "absent", "x-"); }), ErrorCode::WriteFailed);
    }
};

THAW_TEST(TestScratchFolder)
#include "test_scratch_folder.moc"

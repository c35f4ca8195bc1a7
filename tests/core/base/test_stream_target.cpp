// What a user may name in place of a file.

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/signals.h"
#include "core/base/stream_target.h"
#include "tests/support/error_code.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

using namespace thaw;
namespace fs = std::filesystem;

namespace {

struct Descriptor
{
    int value = -1;
    ~Descriptor() { close(value); }
};

std::string readOf(int descriptor)
{
    char text[64] = "";
    const ssize_t count = read(descriptor, text, sizeof text);
    return {text, count > 0 ? static_cast<std::size_t>(count) : 0};
}

} // namespace

class TestStreamTarget : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase() { reportFailedWrites(); }

    void init() { m_folder = std::make_unique<test::TemporaryFolder>(); }

    void aPipeIsWrittenInto()
    {
        const fs::path pipe = *m_folder / "pipe";
        QCOMPARE(mkfifo(pipe.c_str(), 0600), 0);
        const Descriptor reader{open(pipe.c_str(), O_RDONLY | O_NONBLOCK)};
        writeFileAtomically(pipe, "result");
        QVERIFY(fs::is_fifo(pipe));
        QCOMPARE(readOf(reader.value), std::string("result"));
        fs::create_symlink("pipe", *m_folder / "link");
        writeFileAtomically(*m_folder / "link", "again");
        QVERIFY(fs::is_symlink(*m_folder / "link"));
        QCOMPARE(readOf(reader.value), std::string("again"));
        QVERIFY(isStream(pipe));
    }

    void aPipeThatNobodyReadsIsRefused()
    {
        const fs::path pipe = *m_folder / "pipe";
        QCOMPARE(mkfifo(pipe.c_str(), 0600), 0);
        try {
            AtomicFile file(pipe);
            QFAIL("it must be refused and not waited for");
        } catch (const Error& error) {
            QCOMPARE(error.code(), ErrorCode::WriteFailed);
            QVERIFY2(QByteArray(error.what()).contains("nobody reads"), error.what());
        }
        QVERIFY(fs::is_fifo(pipe));
    }

    void aReaderThatLeavesIsTold()
    {
        const fs::path pipe = *m_folder / "pipe";
        QCOMPARE(mkfifo(pipe.c_str(), 0600), 0);
        const int reader = open(pipe.c_str(), O_RDONLY | O_NONBLOCK);
        AtomicFile file(pipe);
        close(reader);
        QCOMPARE(test::codeOf([&] { file.write("x"); }), ErrorCode::WriteFailed);
    }

    void devicesThatDropOrShowAreWrittenInto()
    {
        // Links, since a failure would replace them by files: as root, the machine's own.
        for (const char* device : {"/dev/null", "/dev/zero"}) {
            const fs::path link = *m_folder / fs::path(device).filename();
            fs::create_symlink(device, link);
            writeFileAtomically(link, "nothing");
            QVERIFY(fs::is_symlink(link) && fs::is_character_file(link));
        }
        fs::create_symlink("/dev/full", *m_folder / "full");
        QCOMPARE(test::codeOf([&] { writeFileAtomically(*m_folder / "full", "x"); }), ErrorCode::DiskFull);
        QVERIFY(fs::is_symlink(*m_folder / "full"));
    }

    // What a device does with what it is sent is not known; this one would take it without harm.
    void otherDevicesAreRefused()
    {
        fs::create_symlink("/dev/urandom", *m_folder / "random");
        const std::string text =
            test::refusalOf(ErrorCode::WriteFailed, [&] { writeFileAtomically(*m_folder / "random", "x"); });
        QVERIFY2(text.find("is a device") != std::string::npos, text.c_str());
        QVERIFY(fs::is_symlink(*m_folder / "random"));
    }

    void deviceNodesStay()
    {
        const fs::path null = *m_folder / "null";
        const fs::path disk = *m_folder / "disk";
        const fs::path watchdog = *m_folder / "watchdog";
        if (mknod(null.c_str(), S_IFCHR | 0666, makedev(1, 3)) != 0 ||
            mknod(disk.c_str(), S_IFBLK | 0600, makedev(7, 250)) != 0 ||
            mknod(watchdog.c_str(), S_IFCHR | 0600, makedev(10, 130)) != 0)
        {
            QSKIP("only root can make device nodes, and not everywhere");
        }
        if (Descriptor{open(null.c_str(), O_WRONLY)}.value >= 0) { // not on a disk mounted without devices
            writeFileAtomically(null, "nothing");
        }
        QVERIFY(fs::is_character_file(null));
        QCOMPARE(test::codeOf([&] { writeFileAtomically(disk, "x"); }), ErrorCode::WriteFailed);
        QVERIFY(fs::is_block_file(disk));
        QCOMPARE(test::codeOf([&] { writeFileAtomically(watchdog, "x"); }), ErrorCode::WriteFailed);
        QVERIFY(fs::is_character_file(watchdog));
    }

    void ownDescriptorsAreWrittenInto()
    {
        const fs::path file = *m_folder / "file";
        const Descriptor opened{open(file.c_str(), O_RDWR | O_CREAT, 0600)};
        QCOMPARE(write(opened.value, "before ", 7), ssize_t(7));
        const std::string number = std::to_string(opened.value);
        for (const std::string& folder : {std::string("/proc/self/fd/"), std::string("/dev/fd/")}) {
            QVERIFY(isStream(folder + number));
            writeFileAtomically(folder + number, "result ");
        }
        fs::create_symlink("/dev/fd/" + number, *m_folder / "link"); // as /dev/stdout is one
        writeFileAtomically(*m_folder / "link", "again");
        QCOMPARE(readTextFile(file, 100), std::string("before result result again"));
        const Descriptor readOnly{open(file.c_str(), O_RDONLY)};
        QCOMPARE(test::codeOf([&] { AtomicFile("/dev/fd/" + std::to_string(readOnly.value)); }),
                 ErrorCode::WriteFailed);
    }

    void foldersAndSocketsAreRefused()
    {
        fs::create_directory(*m_folder / "folder");
        QCOMPARE(test::codeOf([&] { AtomicFile(*m_folder / "folder"); }), ErrorCode::WriteFailed);
        const fs::path socketPath = *m_folder / "socket";
        const Descriptor socketOf{socket(AF_UNIX, SOCK_STREAM, 0)};
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        QVERIFY(socketPath.string().size() < sizeof address.sun_path);
        socketPath.string().copy(address.sun_path, sizeof address.sun_path - 1);
        QCOMPARE(bind(socketOf.value, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
        QCOMPARE(test::codeOf([&] { writeFileAtomically(socketPath, "x"); }), ErrorCode::WriteFailed);
        QVERIFY(fs::is_socket(socketPath));
    }

    // One in a stranger's folder may lead to a file of the user's.
    void linksToFilesAreReplaced()
    {
        writeFileAtomically(*m_folder / "mine", "mine");
        fs::create_symlink("mine", *m_folder / "link");
        fs::create_symlink("nothing", *m_folder / "loose");
        fs::create_symlink("ring", *m_folder / "ring");
        for (const char* name : {"link", "loose", "ring"}) {
            QVERIFY(!isStream(*m_folder / name));
            writeFileAtomically(*m_folder / name, "result");
            QVERIFY(!fs::is_symlink(*m_folder / name));
            QCOMPARE(readTextFile(*m_folder / name, 100), std::string("result"));
        }
        QCOMPARE(readTextFile(*m_folder / "mine", 100), std::string("mine"));
        QVERIFY(!fs::exists(*m_folder / "nothing"));
    }

    void aFinishedFileIsPlacedByTheSameRules()
    {
        writeFileAtomically(*m_folder / "made", "result");
        placeFile(*m_folder / "made", *m_folder / "file");
        QCOMPARE(readTextFile(*m_folder / "file", 100), std::string("result"));
        const fs::path pipe = *m_folder / "pipe";
        QCOMPARE(mkfifo(pipe.c_str(), 0600), 0);
        const Descriptor reader{open(pipe.c_str(), O_RDONLY | O_NONBLOCK)};
        placeFile(*m_folder / "file", pipe);
        QVERIFY(fs::is_fifo(pipe));
        QCOMPARE(readOf(reader.value), std::string("result"));
        QVERIFY(!fs::exists(*m_folder / "file"));
    }

private:
    std::unique_ptr<test::TemporaryFolder> m_folder;
};

THAW_TEST(TestStreamTarget)
#include "test_stream_target.moc"

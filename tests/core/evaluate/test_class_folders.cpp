#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/evaluate/class_folders.h"
#include "tests/support/faulty_file_system.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <set>

using namespace thaw;

namespace {

/// Paths below `folder`, of files only.
std::set<std::string> filesBelow(const std::filesystem::path& folder)
{
    std::set<std::string> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        if (!entry.is_directory()) {
            files.insert(entry.path().lexically_relative(folder).string());
        }
    }
    return files;
}

} // namespace

class TestClassFolders : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_folder = std::make_unique<test::TemporaryFolder>();
        for (const char* place : {"one", "two"}) {
            std::filesystem::create_directories(*m_folder / place);
            writeFileAtomically(*m_folder / place / "cat.jpg", place);
        }
        m_target = *m_folder / "sorted";
    }

    void copiesAndKeepsClashesApart()
    {
        const std::filesystem::path one = *m_folder / "one/cat.jpg";
        const auto hour = std::filesystem::last_write_time(one) - std::chrono::hours(1);
        std::filesystem::last_write_time(one, hour);
        const std::vector<ClassCopy> pictures{
            {one, "cats"}, {*m_folder / "two/cat.jpg", "cats"}, {*m_folder / "two/cat.jpg", "dogs"}};
        const ClassCopies copies = copyIntoClassFolders(pictures, m_target);
        QCOMPARE(copies.copied, std::size_t(3));
        QVERIFY(copies.unreadable.empty() && !copies.isStopped);
        QCOMPARE(filesBelow(m_target),
                 (std::set<std::string>{"cats/cat.jpg", "cats/cat (2).jpg", "dogs/cat.jpg"}));
        QCOMPARE(readTextFile(m_target / "cats/cat (2).jpg", 100), std::string("two"));
        QVERIFY(std::filesystem::last_write_time(m_target / "cats/cat.jpg") == hour);
        // Nothing is moved; a second time nothing is replaced.
        QCOMPARE(readTextFile(one, 100), std::string("one"));
        copyIntoClassFolders({{*m_folder / "two/cat.jpg", "cats"}}, m_target);
        QCOMPARE(readTextFile(m_target / "cats/cat.jpg", 100), std::string("one"));
        QCOMPARE(readTextFile(m_target / "cats/cat (3).jpg", 100), std::string("two"));
    }

    void namesOfClassesAreNoPaths()
    {
        QCOMPARE(folderNameOf("cats & dogs"), std::string("cats & dogs"));
        QCOMPARE(folderNameOf("Bär"), std::string("Bär"));
        QCOMPARE(folderNameOf("../../etc"), std::string("_._.._etc"));
        QCOMPARE(folderNameOf(".."), std::string("_."));
        QCOMPARE(folderNameOf(".hidden"), std::string("_hidden"));
        QCOMPARE(folderNameOf(""), std::string("_"));
        QVERIFY(folderNameOf("a\nb").find('\n') == std::string::npos);
        QVERIFY(folderNameOf(std::string(5000, 'x')).size() <= 255);
        const std::filesystem::path one = *m_folder / "one/cat.jpg";
        copyIntoClassFolders({{one, "a/b"}, {one, "a_b"}, {one, "../outside"}}, m_target);
        QCOMPARE(filesBelow(m_target),
                 (std::set<std::string>{"a_b/cat.jpg", "a_b (2)/cat.jpg", "_._outside/cat.jpg"}));
    }

    void tellsWhichPicturesCannotBeRead()
    {
        const std::filesystem::path gone = *m_folder / "one/gone.jpg";
        const ClassCopies copies = copyIntoClassFolders(
            {{gone, "cats"}, {*m_folder / "one", "cats"}, {*m_folder / "two/cat.jpg", "cats"}}, m_target);
        QCOMPARE(copies.copied, std::size_t(1));
        QCOMPARE(copies.unreadable.size(), std::size_t(2));
        QCOMPARE(copies.unreadable[0].source, gone);
        QVERIFY(!copies.unreadable[0].reason.empty());
        QCOMPARE(filesBelow(m_target), (std::set<std::string>{"cats/cat.jpg"}));
    }

    void leavesNothingHalfWritten()
    {
        const std::vector<ClassCopy> pictures(2, {*m_folder / "one/cat.jpg", "cats"});
        for (std::size_t call = 0;; ++call) {
            std::filesystem::remove_all(m_target);
            test::FaultyFileSystem faulty;
            faulty.failFrom(call, 1, ENOSPC);
            faulty.failOnly(test::FileAction::Write);
            bool isFull = false;
            {
                const FileSystemScope scope(faulty);
                try {
                    copyIntoClassFolders(pictures, m_target);
                } catch (const Error& error) {
                    QCOMPARE(error.code(), ErrorCode::DiskFull);
                    isFull = true;
                }
            }
            if (faulty.failures() == 0 && call > faulty.calls()) {
                break;
            }
            QCOMPARE(isFull, faulty.failures() > 0);
            if (std::filesystem::exists(m_target)) {
                for (const std::string& file : filesBelow(m_target)) {
                    QCOMPARE(readTextFile(m_target / file, 100), std::string("one"));
                    QVERIFY2(file.starts_with("cats/cat"), file.c_str()); // no hidden leftover
                }
            }
        }
    }

    void stopsBetweenPictures()
    {
        std::stop_source stop;
        const std::vector<ClassCopy> pictures(10, {*m_folder / "one/cat.jpg", "cats"});
        std::int64_t told = 0;
        const auto stopAtOnce = [&](const Progress& progress) {
            told = progress.total;
            stop.request_stop();
        };
        const ClassCopies copies = copyIntoClassFolders(pictures, m_target, stopAtOnce, stop.get_token());
        QVERIFY(copies.isStopped);
        QCOMPARE(told, 10);
        QVERIFY(copies.copied < pictures.size());
        QCOMPARE(filesBelow(m_target).size(), copies.copied);
    }

private:
    std::unique_ptr<test::TemporaryFolder> m_folder;
    std::filesystem::path m_target;
};

THAW_TEST(TestClassFolders)
#include "test_class_folders.moc"

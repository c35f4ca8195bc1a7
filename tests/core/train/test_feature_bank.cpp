#include "core/base/atomic_file.h"
#include "core/train/features/feature_bank.h"
#include "tests/support/error_code.h"
#include "tests/support/faulty_file_system.h"
#include "tests/support/narrow_network.h"
#include "tests/support/open_file_limit.h"
#include "tests/support/test_paths.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <cerrno>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace thaw;

namespace {

namespace fs = std::filesystem;

const FeatureLayout layout{10, 6, 4}; // units of 4, 4 and 2 rows

std::vector<std::byte> rowsOf(std::size_t unit)
{
    std::vector<std::byte> rows(layout.rowsOf(unit) * layout.rowBytes);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        rows[i] = std::byte(unit * 100 + i);
    }
    return rows;
}

void fill(FeatureFile& file)
{
    while (!file.isComplete()) {
        file.append(rowsOf(file.readyUnits()), {});
    }
}

bool holdsAllRows(const FeatureFile& file)
{
    std::vector<std::byte> found(layout.rowBytes);
    for (std::size_t row = 0; row < layout.rows; ++row) {
        file.read(row, found);
        const auto unit = rowsOf(row / layout.unitRows);
        const auto begin = unit.begin() + std::ptrdiff_t(row % layout.unitRows * layout.rowBytes);
        if (!file.has(row) || !std::equal(found.begin(), found.end(), begin)) {
            return false;
        }
    }
    return true;
}

std::uint64_t bytesIn(const fs::path& folder)
{
    std::uint64_t bytes = 0;
    for (const auto& entry : fs::directory_iterator(folder)) {
        bytes += entry.file_size();
    }
    return bytes;
}

std::vector<std::string> namesIn(const fs::path& folder)
{
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder)) {
        names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
}

/// Folders are removed by another process just after they were made, so many times.
class RemovedFolders : public FileSystem
{
public:
    explicit RemovedFolders(int times) : m_times(times) {}

    int makeFolder(const fs::path& path) override
    {
        const int result = FileSystem::makeFolder(path);
        if (result == 0 && m_times > 0) {
            --m_times;
            fs::remove(path);
        }
        return result;
    }

private:
    int m_times;
};

} // namespace

class TestFeatureBank : public QObject
{
    Q_OBJECT

private slots:
    void init() { fs::create_directories(m_folder = m_root / ("test" + std::to_string(++m_number))); }

    void rowsComeBack()
    {
        {
            FeatureFile file(m_folder, "a", "key", layout);
            QCOMPARE(file.readyUnits(), std::size_t(0));
            fill(file);
            QVERIFY(holdsAllRows(file));
        }
        QCOMPARE(namesIn(m_folder), std::vector<std::string>{"a.features"});
        QCOMPARE(fs::file_size(m_folder / "a.features"), layout.fileBytes());
        const FeatureFile again(m_folder, "a", "key", layout);
        QVERIFY(again.isComplete());
        QVERIFY(holdsAllRows(again));
    }

    void aPartialFileIsGoneOnWith()
    {
        {
            FeatureFile file(m_folder, "a", "key", layout);
            file.append(rowsOf(0), {});
            file.append(rowsOf(1), {});
        }
        QCOMPARE(namesIn(m_folder), std::vector<std::string>{"a.partial"});
        FeatureFile again(m_folder, "a", "key", layout);
        QCOMPARE(again.readyUnits(), std::size_t(2));
        fill(again);
        QVERIFY(holdsAllRows(again));
        QCOMPARE(namesIn(m_folder), std::vector<std::string>{"a.features"});
    }

    // Each byte of a whole file flipped in turn: its unit and those after it are computed again.
    void damageIsFound()
    {
        {
            FeatureFile file(m_folder, "a", "key", layout);
            fill(file);
        }
        const fs::path path = m_folder / "a.features";
        const std::string whole = test::bytesOf(path);
        const std::size_t header = whole.size() - 10 * 6 - 3 * 8;
        for (std::size_t i = 0; i < whole.size(); ++i) {
            std::string damaged = whole;
            damaged[i] = char(damaged[i] ^ 1);
            writeFileAtomically(path, damaged);
            FeatureFile file(m_folder, "a", "key", layout);
            QVERIFY2(!file.isComplete(), std::to_string(i).c_str());
            fill(file);
            QVERIFY(holdsAllRows(file));
        }
        // Cut short: in the header, in the first unit, just before the end.
        for (const auto& [size, ready] : std::vector<std::pair<std::size_t, std::size_t>>{
                 {0, 0}, {header - 1, 0}, {header + 31, 0}, {header + 32, 1}, {whole.size() - 1, 2}})
        {
            writeFileAtomically(m_folder / "b.partial", whole.substr(0, size));
            QCOMPARE(FeatureFile(m_folder, "b", "key", layout).readyUnits(), ready);
            fs::remove(m_folder / "b.partial");
        }
    }

    void anotherKeyOrShapeBeginsAnew()
    {
        {
            FeatureFile file(m_folder, "a", "key", layout);
            fill(file);
        }
        QCOMPARE(FeatureFile(m_folder, "a", "other", layout).readyUnits(), std::size_t(0));
        {
            FeatureFile file(m_folder, "a", "key", layout);
            fill(file);
        }
        QCOMPARE(FeatureFile(m_folder, "a", "key", FeatureLayout{10, 3, 8}).readyUnits(), std::size_t(0));
    }

    void absentRowsServeOneRunOnly()
    {
        {
            FeatureFile file(m_folder, "a", "key", layout);
            file.append(rowsOf(0), {});
            const std::size_t absent[] = {1};
            file.append(rowsOf(1), absent);
            file.append(rowsOf(2), {});
            QVERIFY(file.isComplete());
            QVERIFY(file.has(4) && !file.has(5) && file.has(6));
            // A process that is killed now leaves the file behind.
            fs::copy_file(m_folder / "a.partial", m_folder / "b.partial");
        }
        QCOMPARE(namesIn(m_folder), std::vector<std::string>{"b.partial"});
        QCOMPARE(FeatureFile(m_folder, "b", "key", layout).readyUnits(), std::size_t(1));
    }

    void twoAtOnceEachFillTheirOwn()
    {
        FeatureFile first(m_folder, "a", "key", layout);
        first.append(rowsOf(0), {});
        {
            FeatureFile second(m_folder, "a", "key", layout);
            QCOMPARE(second.readyUnits(), std::size_t(0));
            fill(second);
            QVERIFY(holdsAllRows(second));
        }
        fill(first);
        QVERIFY(holdsAllRows(first));
        QCOMPARE(namesIn(m_folder), std::vector<std::string>{"a.features"});
        QVERIFY(FeatureFile(m_folder, "a", "key", layout).isComplete());
    }

    void aFullDiskCanBeTriedAgain()
    {
        FeatureFile file(m_folder, "a", "key", layout);
        QCOMPARE(namesIn(m_folder), std::vector<std::string>()); // it is begun with the first unit
        {
            test::FaultyFileSystem faulty;
            faulty.failFrom(0, 1, ENOSPC); // its header
            const FileSystemScope scope(faulty);
            QCOMPARE(test::codeOf([&] { file.append(rowsOf(0), {}); }), std::optional(ErrorCode::DiskFull));
            file.append(rowsOf(0), {});
        }
        for (const std::size_t call : {0, 1}) { // the rows, their checksum
            test::FaultyFileSystem faulty;
            faulty.failFrom(call, 1, ENOSPC);
            const FileSystemScope scope(faulty);
            QCOMPARE(test::codeOf([&] { file.append(rowsOf(file.readyUnits()), {}); }),
                     std::optional(ErrorCode::DiskFull));
            file.append(rowsOf(file.readyUnits()), {});
        }
        QVERIFY(holdsAllRows(file));
        QCOMPARE(namesIn(m_folder), std::vector<std::string>{"a.features"});
    }

    // It is the process itself that has them open: no waiting helps.
    void tooManyOpenFilesAreNoWriteError()
    {
        FeatureFile file(m_folder, "a", "key", layout);
        std::optional<ErrorCode> code;
        {
            const test::OpenFileLimit none(0);
            code = test::codeOf([&] { file.append(rowsOf(0), {}); });
        }
        QCOMPARE(code, std::optional(ErrorCode::Internal));
        fill(file);
        QVERIFY(holdsAllRows(file));
    }

    void whatIsUnfinishedCanBeDiscarded()
    {
        FeatureFile whole(m_folder, "a", "key", layout);
        fill(whole);
        whole.discard();
        QVERIFY(holdsAllRows(whole));
        FeatureFile partial(m_folder, "b", "key", layout);
        partial.discard();
        partial.append(rowsOf(0), {});
        QCOMPARE(FeatureFile::presentBytes(m_folder, "b"), fs::file_size(m_folder / "b.partial"));
        partial.discard();
        QCOMPARE(partial.readyUnits(), std::size_t(0));
        QCOMPARE(namesIn(m_folder), std::vector<std::string>{"a.features"});
        QCOMPARE(FeatureFile::presentBytes(m_folder, "a"), layout.fileBytes());
        QCOMPARE(FeatureFile::presentBytes(m_folder, "b"), std::uint64_t(0));
        fill(partial);
        QVERIFY(holdsAllRows(partial));
    }

    void hamperedWritesAreGoneOnWith()
    {
        test::FaultyFileSystem faulty;
        faulty.hamper();
        const FileSystemScope scope(faulty);
        FeatureFile file(m_folder, "a", "key", layout);
        fill(file);
        QVERIFY(holdsAllRows(file));
    }

    void whatIsNoFileIsRefused()
    {
        fs::create_directories(m_folder / "a.partial");
        QCOMPARE(test::codeOf([&] {
                     FeatureFile file(m_folder, "a", "key", layout);
                     fill(file);
                 }),
                 std::optional(ErrorCode::WriteFailed));
        QCOMPARE(mkfifo((m_folder / "b.partial").c_str(), 0600), 0);
        QCOMPARE(test::codeOf([&] {
                     FeatureFile file(m_folder, "b", "key", layout);
                     fill(file);
                 }),
                 std::optional(ErrorCode::WriteFailed));
    }

    void banksOfOneContentAreOne()
    {
        {
            FeatureBank bank(m_folder, "content 1");
            fill(bank.file(0, 15, layout));
            QVERIFY(!bank.file(1, 15, layout).isComplete());
        }
        FeatureBank again(m_folder, "content 1");
        QVERIFY(again.file(0, 15, layout).isComplete());
        QVERIFY(!again.file(0, 19, layout).isComplete());
        FeatureBank other(m_folder, "content 2");
        QVERIFY(other.folder() != again.folder());
        QVERIFY(!other.file(0, 15, layout).isComplete());
    }

    void theLongestUnusedGoesFirst()
    {
        const auto folderOf = [&](const std::string& content) {
            FeatureBank bank(m_folder, content);
            fill(bank.file(0, 15, layout));
            return bank.folder();
        };
        const fs::path oldest = folderOf("oldest");
        const fs::path used = folderOf("used");
        const fs::path newest = folderOf("newest");
        using namespace std::chrono_literals;
        const auto now = fs::file_time_type::clock::now();
        fs::last_write_time(oldest / "in-use.lock", now - 3h);
        fs::last_write_time(newest / "in-use.lock", now - 1h);
        const fs::path foreign = m_folder / "not a bank";
        fs::create_directories(foreign);
        const FeatureBank inUse(m_folder, "used");
        fs::last_write_time(used / "in-use.lock", now - 2h);
        // What is in use is not counted.
        const std::uint64_t unused = bytesIn(oldest) + bytesIn(newest);
        QVERIFY(unused >= 2 * layout.fileBytes());
        const fs::path mine = featureBankFolder(m_folder, "mine");

        QVERIFY(makeRoomFor(mine, 0, unused));
        QVERIFY(fs::exists(oldest));
        QVERIFY(makeRoomFor(mine, 0, unused - 1));
        QVERIFY(!fs::exists(oldest));
        QVERIFY(fs::exists(used) && fs::exists(newest));
        // Where nothing would be enough, nothing goes.
        QVERIFY(!makeRoomFor(mine, ~0ull, 0));
        QVERIFY(fs::exists(newest));
        QVERIFY(!fs::exists(mine));
        // One's own stays, in use or not.
        QVERIFY(makeRoomFor(newest, 0, 0));
        QVERIFY(fs::exists(newest));
        QVERIFY(makeRoomFor(mine, 0, 0));
        QVERIFY(fs::exists(used) && !fs::exists(newest));
        QVERIFY(fs::exists(foreign));
    }

    // A run of days has used its bank until its end.
    void theLastUseIsTheEndOfIt()
    {
        using namespace std::chrono_literals;
        const auto now = fs::file_time_type::clock::now();
        fs::path lock;
        {
            const FeatureBank bank(m_folder, "content");
            lock = bank.folder() / "in-use.lock";
            fs::last_write_time(lock, now - 3h);
        }
        QVERIFY(fs::last_write_time(lock) > now - 1h);
    }

    void aBankThatCannotBeOpenedIsNotInUse()
    {
        {
            test::FaultyFileSystem faulty;
            faulty.failFrom(0, SIZE_MAX, ENOSPC);
            faulty.failOnly(test::FileAction::Sync); // of its description, the last thing written
            const FileSystemScope scope(faulty);
            QCOMPARE(test::codeOf([&] { const FeatureBank bank(m_folder, "content"); }),
                     std::optional(ErrorCode::DiskFull));
        }
        QVERIFY(fs::exists(featureBankFolder(m_folder, "content")));
        removeFeatureBanks(m_folder);
        QVERIFY(!fs::exists(featureBankFolder(m_folder, "content")));
    }

    void aFolderThatGoesWhileItIsOpenedIsMadeAgain()
    {
        {
            RemovedFolders removed(3);
            const FileSystemScope scope(removed);
            FeatureBank bank(m_folder, "content");
            fill(bank.file(0, 15, layout));
            QVERIFY(fs::exists(bank.folder() / "view-0-layer-15.features"));
        }
        RemovedFolders removed(1'000'000);
        const FileSystemScope scope(removed);
        QCOMPARE(test::codeOf([&] { const FeatureBank bank(m_folder, "other"); }),
                 std::optional(ErrorCode::WriteFailed));
    }

    // Views stay open, which may be thousands of files.
    void expectedRowsAreFetched()
    {
        constexpr std::size_t pageBytes = 4096;
        const FeatureLayout large{64, 16 * pageBytes, 64};
        FeatureFile file(m_folder, "large", "key", large);
        file.append(std::vector<std::byte>(large.rows * large.rowBytes), {});
        const int descriptor = ::open((m_folder / "large.features").c_str(), O_RDONLY);
        QVERIFY(descriptor >= 0);
        const auto length = static_cast<std::size_t>(large.fileBytes());
        void* const mapped = mmap(nullptr, length, PROT_READ, MAP_SHARED, descriptor, 0);
        QVERIFY(mapped != MAP_FAILED);
        const auto isInMemory = [&](std::size_t page) {
            std::vector<unsigned char> pages((length + pageBytes - 1) / pageBytes);
            return mincore(mapped, length, pages.data()) == 0 && pages[page] % 2 == 1;
        };
        // In the middle of row 32, whatever the header before the rows takes.
        const std::size_t pageOfRow = 32 * 16 + 8;
        fsync(descriptor);
        posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED);
        const bool isForgotten = !isInMemory(pageOfRow);
        if (isForgotten) {
            file.expect(32);
        }
        const bool isFetched = isForgotten && QTest::qWaitFor([&] { return isInMemory(pageOfRow); });
        munmap(mapped, length);
        ::close(descriptor);
        if (!isForgotten) {
            QSKIP("this file system keeps all in memory");
        }
        QVERIFY(isFetched);
    }

    void asManyFilesMayBeOpenAsTheSystemPermits()
    {
        rlimit limit{};
        QCOMPARE(getrlimit(RLIMIT_NOFILE, &limit), 0);
        const test::OpenFileLimit few(limit.rlim_max / 2);
        const FeatureBank bank(m_folder, "content");
        QCOMPARE(getrlimit(RLIMIT_NOFILE, &limit), 0);
        QCOMPARE(limit.rlim_cur, limit.rlim_max);
    }

    void filesOfKilledProcessesGo()
    {
        fs::path folder;
        {
            const FeatureBank bank(m_folder, "content");
            folder = bank.folder();
            writeFileAtomically(folder / "view-0-layer-15.partial-abcdef", "left behind");
        }
        const FeatureBank bank(m_folder, "content");
        QVERIFY(!fs::exists(folder / "view-0-layer-15.partial-abcdef"));
    }

private:
    test::TemporaryFolder m_root;
    fs::path m_folder;
    int m_number = 0;
};

THAW_TEST(TestFeatureBank)
#include "test_feature_bank.moc"

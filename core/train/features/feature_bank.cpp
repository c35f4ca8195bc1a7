#include "core/train/features/feature_bank.h"

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/file_system.h"
#include "core/base/hash.h"
#include "core/base/paths.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <span>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

namespace thaw {

namespace fs = std::filesystem;

namespace {

constexpr const char* lockName = "in-use.lock";
constexpr const char* contentName = "content.txt";

} // namespace

/// A file that is held open, and locked where nobody else had it locked.
class LockedFile
{
public:
    /// @param flags of open(); @param operation of flock()
    LockedFile(const fs::path& file, int flags, int operation)
        : m_descriptor(open(file.c_str(), flags | O_CLOEXEC, 0666)), m_error(m_descriptor < 0 ? errno : 0)
    {
        m_isLocked = m_descriptor >= 0 && flock(m_descriptor, operation) == 0;
    }
    ~LockedFile()
    {
        if (m_descriptor >= 0) {
            close(m_descriptor);
        }
    }
    LockedFile(const LockedFile&) = delete;
    LockedFile& operator=(const LockedFile&) = delete;

    int error() const { return m_error; } ///< with which it could not be opened, else 0
    bool isLocked() const { return m_isLocked; }

    /// Whether this is still the file of that name.
    bool isNamed(const fs::path& file) const
    {
        struct stat opened
        {
        };
        struct stat named
        {
        };
        return fstat(m_descriptor, &opened) == 0 && stat(file.c_str(), &named) == 0 &&
               opened.st_ino == named.st_ino;
    }

    /// Used now: the longest unused bank is the first to go.
    void touch() const { futimens(m_descriptor, nullptr); }

private:
    int m_descriptor;
    int m_error;
    bool m_isLocked = false;
};

namespace {

struct BankFolder
{
    fs::path folder;
    fs::file_time_type lastUse;
    std::uint64_t bytes = 0;
};

std::vector<BankFolder> banksIn(const fs::path& root)
{
    std::vector<BankFolder> banks;
    std::error_code error;
    for (fs::directory_iterator entry(root, error); !error && entry != fs::directory_iterator();
         entry.increment(error))
    {
        std::error_code ignored;
        // Only what has a bank's own marks is ever counted or removed.
        if (!entry->is_directory(ignored) || !fs::exists(entry->path() / lockName, ignored)) {
            continue;
        }
        BankFolder bank{entry->path(), fs::last_write_time(entry->path() / lockName, ignored), 0};
        for (fs::directory_iterator file(bank.folder, ignored); !ignored && file != fs::directory_iterator();
             file.increment(ignored))
        {
            std::error_code gone;
            const std::uintmax_t size = file->file_size(gone);
            bank.bytes += gone ? 0 : size;
        }
        banks.push_back(bank);
    }
    std::sort(banks.begin(), banks.end(),
              [](const BankFolder& a, const BankFolder& b) { return a.lastUse < b.lastUse; });
    return banks;
}

bool isInUse(const BankFolder& bank)
{
    return !LockedFile(bank.folder / lockName, O_RDWR, LOCK_EX | LOCK_NB).isLocked();
}

/// @return bytes that became free: none where somebody uses it
std::uint64_t removeUnused(const BankFolder& bank)
{
    const LockedFile lock(bank.folder / lockName, O_RDWR, LOCK_EX | LOCK_NB);
    if (!lock.isLocked()) {
        return 0;
    }
    std::error_code error;
    fs::remove_all(bank.folder, error);
    return error ? 0 : bank.bytes;
}

/// Files of killed processes that shared the bank: see FeatureFile.
void removeAbandoned(const fs::path& folder)
{
    std::error_code error;
    std::vector<fs::path> found;
    for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
         entry.increment(error))
    {
        if (entry->path().filename().string().find(".partial-") != std::string::npos) {
            found.push_back(entry->path());
        }
    }
    for (const fs::path& file : found) {
        if (LockedFile(file, O_RDWR, LOCK_EX | LOCK_NB).isLocked()) {
            fileSystem().remove(file);
        }
    }
}

} // namespace

fs::path featureBanksFolder()
{
    return cacheFolder() / "features";
}

fs::path featureBankFolder(const fs::path& root, const std::string& content)
{
    return root / hashHex(HashKind::Sha256, std::as_bytes(std::span(content.data(), content.size())));
}

FeatureBank::FeatureBank(const fs::path& root, const std::string& content)
    : m_folder(featureBankFolder(root, content)), m_key(m_folder.filename().string())
{
    allowManyOpenFiles();
    const fs::path lock = m_folder / lockName;
    // Another process may be removing the very folder that is opened: then it is made again. One that is
    // there is opened without a trial file, which a full disk would not take.
    for (int attempt = 0; attempt < 100 && !m_lock; ++attempt) {
        auto opened = std::make_unique<LockedFile>(lock, O_RDWR | O_CREAT, LOCK_SH);
        if (opened->error() == ENOENT) {
            ensureWritableFolder(root);
            if (fileSystem().makeFolder(m_folder) != 0 && errno != EEXIST && errno != ENOENT) {
                throwWriteError(m_folder, errno);
            }
        } else if (opened->error() != 0) {
            throwWriteError(lock, opened->error());
        } else if (opened->isLocked() && opened->isNamed(lock)) {
            m_lock = std::move(opened);
        }
    }
    if (!m_lock) {
        throw Error(ErrorCode::WriteFailed, lock, "cannot be locked", "remove the folder and try again");
    }
    m_lock->touch();
    removeAbandoned(m_folder);
    std::error_code error;
    if (!fs::exists(m_folder / contentName, error)) {
        writeFileAtomically(m_folder / contentName, content);
    }
}

FeatureBank::~FeatureBank()
{
    m_lock->touch();
}

std::string FeatureBank::fileName(int view, int boundary)
{
    return "view-" + std::to_string(view) + "-layer-" + std::to_string(boundary);
}

FeatureFile& FeatureBank::file(int view, int boundary, const FeatureLayout& layout)
{
    std::unique_ptr<FeatureFile>& found = m_files[{view, boundary}];
    if (!found) {
        found =
            std::make_unique<FeatureFile>(m_folder, fileName(view, boundary), m_key.substr(0, 32), layout);
    }
    return *found;
}

void FeatureBank::discardUnfinished()
{
    for (const auto& [place, stored] : m_files) {
        stored->discard();
    }
}

bool makeRoomFor(const fs::path& bank, std::uint64_t needed, std::uint64_t othersLimit)
{
    std::vector<BankFolder> unused = banksIn(bank.parent_path());
    std::erase_if(unused, [&](const BankFolder& other) { return other.folder == bank || isInUse(other); });
    std::uint64_t bytes = 0;
    for (const BankFolder& other : unused) {
        bytes += other.bytes;
    }
    if (freeSpace(bank) + bytes < needed) {
        return false;
    }
    for (const BankFolder& other : unused) {
        if (bytes <= othersLimit && freeSpace(bank) >= needed) {
            break;
        }
        removeUnused(other);
        bytes -= other.bytes;
    }
    return freeSpace(bank) >= needed;
}

std::uint64_t removeFeatureBanks(const fs::path& root)
{
    std::uint64_t bytes = 0;
    for (const BankFolder& bank : banksIn(root)) {
        bytes += removeUnused(bank);
    }
    return bytes;
}

std::uint64_t featureBanksBytes(const fs::path& root)
{
    std::uint64_t bytes = 0;
    for (const BankFolder& bank : banksIn(root)) {
        bytes += bank.bytes;
    }
    return bytes;
}

} // namespace thaw

#include "core/train/feature_bank.h"

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
#include <vector>

namespace thaw {

namespace fs = std::filesystem;

namespace {

constexpr const char* lockName = "in-use.lock";
constexpr const char* contentName = "content.txt";

/// A descriptor that is closed, and with it unlocked.
class LockedFile
{
public:
    LockedFile(const fs::path& file, int operation) : m_descriptor(open(file.c_str(), O_RDWR | O_CLOEXEC))
    {
        m_isLocked = m_descriptor >= 0 && flock(m_descriptor, operation | LOCK_NB) == 0;
    }
    ~LockedFile()
    {
        if (m_descriptor >= 0) {
            close(m_descriptor);
        }
    }
    LockedFile(const LockedFile&) = delete;
    LockedFile& operator=(const LockedFile&) = delete;

    bool isLocked() const { return m_isLocked; }

private:
    int m_descriptor;
    bool m_isLocked = false;
};

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

/// @return bytes that became free: none where somebody uses it
std::uint64_t removeUnused(const BankFolder& bank)
{
    const LockedFile lock(bank.folder / lockName, LOCK_EX);
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
        if (LockedFile(file, LOCK_EX).isLocked()) {
            fileSystem().remove(file);
        }
    }
}

} // namespace

fs::path featureBanksFolder()
{
    return cacheFolder() / "features";
}

FeatureBank::FeatureBank(const fs::path& root, const std::string& content)
    : m_key(hashHex(HashKind::Sha256, std::as_bytes(std::span(content.data(), content.size()))))
{
    m_folder = root / m_key;
    const fs::path lock = m_folder / lockName;
    // Another process may be removing the very folder that is opened: then it is made again.
    for (int attempt = 0; attempt < 100 && m_lock < 0; ++attempt) {
        ensureWritableFolder(m_folder);
        m_lock = open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        if (m_lock < 0 && errno != ENOENT) {
            throwWriteError(lock, errno);
        }
        struct stat opened
        {
        };
        struct stat named
        {
        };
        if (m_lock >= 0 && (flock(m_lock, LOCK_SH) != 0 || fstat(m_lock, &opened) != 0 ||
                            stat(lock.c_str(), &named) != 0 || opened.st_ino != named.st_ino))
        {
            close(m_lock);
            m_lock = -1;
        }
    }
    if (m_lock < 0) {
        throw Error(ErrorCode::WriteFailed, lock, "cannot be locked", "remove the folder and try again");
    }
    futimens(m_lock, nullptr); // now: the longest unused bank is the first to go
    removeAbandoned(m_folder);
    std::error_code error;
    if (!fs::exists(m_folder / contentName, error)) {
        writeFileAtomically(m_folder / contentName, content);
    }
}

FeatureBank::~FeatureBank()
{
    m_files.clear();
    close(m_lock);
}

FeatureFile& FeatureBank::file(int view, int boundary, const FeatureLayout& layout)
{
    std::unique_ptr<FeatureFile>& found = m_files[{view, boundary}];
    if (!found) {
        const std::string name = "view-" + std::to_string(view) + "-layer-" + std::to_string(boundary);
        found = std::make_unique<FeatureFile>(m_folder, name, m_key.substr(0, 32), layout);
    }
    return *found;
}

bool FeatureBank::makeRoom(std::uint64_t needed, std::uint64_t othersLimit) const
{
    std::vector<BankFolder> others = banksIn(m_folder.parent_path());
    std::erase_if(others, [this](const BankFolder& bank) { return bank.folder == m_folder; });
    std::uint64_t bytes = 0;
    for (const BankFolder& bank : others) {
        bytes += bank.bytes;
    }
    for (const BankFolder& bank : others) {
        if (bytes <= othersLimit && freeSpace(m_folder) >= needed) {
            break;
        }
        bytes -= removeUnused(bank);
    }
    return freeSpace(m_folder) >= needed;
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

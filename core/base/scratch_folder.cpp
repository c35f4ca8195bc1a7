#include "core/base/scratch_folder.h"

#include "core/base/atomic_file.h"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace thaw {

namespace {

constexpr std::string_view anySix = "XXXXXX";

/// @return the folder's descriptor, locked; −1 when it is gone, is no folder or another process holds it
int lockFolder(const std::filesystem::path& folder)
{
    const int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (descriptor >= 0 && flock(descriptor, LOCK_EX | LOCK_NB) == 0) {
        return descriptor;
    }
    if (descriptor >= 0) {
        close(descriptor);
    }
    return -1;
}

bool isStillThere(int descriptor, const std::filesystem::path& folder)
{
    struct stat opened
    {
    };
    struct stat named
    {
    };
    return fstat(descriptor, &opened) == 0 && lstat(folder.c_str(), &named) == 0 &&
           opened.st_ino == named.st_ino && opened.st_dev == named.st_dev;
}

} // namespace

void removeLeftFolders(const std::filesystem::path& parent, std::string_view prefix)
{
    std::error_code error;
    std::vector<std::filesystem::path> left;
    std::filesystem::directory_iterator entry(parent, error);
    for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
        const std::string name = entry->path().filename().string();
        if (name.starts_with(prefix) && name.size() == prefix.size() + anySix.size()) {
            left.push_back(entry->path());
        }
    }
    for (const std::filesystem::path& folder : left) {
        const int lock = lockFolder(folder);
        if (lock >= 0) {
            std::filesystem::remove_all(folder, error);
            close(lock);
        }
    }
}

ScratchFolder::ScratchFolder(const std::filesystem::path& parent, std::string_view prefix)
{
    removeLeftFolders(parent, prefix);
    // Between its making and its locking another process may take it for left behind.
    while (m_lock < 0) {
        std::string pattern = (parent / prefix).string() + std::string(anySix);
        if (!mkdtemp(pattern.data())) {
            throwWriteError(parent, errno);
        }
        m_path = pattern;
        m_lock = lockFolder(m_path);
        if (m_lock >= 0 && !isStillThere(m_lock, m_path)) {
            close(m_lock);
            m_lock = -1;
        }
    }
}

ScratchFolder::~ScratchFolder()
{
    std::error_code ignored;
    std::filesystem::remove_all(m_path, ignored);
    close(m_lock);
}

} // namespace thaw

#include "core/base/stream_target.h"

#include "core/base/atomic_file.h"
#include "core/base/error.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <optional>
#include <poll.h>
#include <string>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <system_error>
#include <unistd.h>

namespace thaw {

namespace fs = std::filesystem;

namespace {

constexpr int mostLinks = 40;
constexpr int readerMilliseconds = 60'000;

[[noreturn]] void refuse(const fs::path& path, const char* what, const char* advice = "name a file")
{
    throw Error(ErrorCode::WriteFailed, path, what, advice);
}

/// The number of an open descriptor that `path` is another name of. Such a link says "pipe:[17]" or the name
/// of a file that was opened: following it by that name would open another thing, or the same from its
/// beginning.
std::optional<int> descriptorNamed(fs::path path)
{
    std::error_code error;
    const fs::path own = fs::canonical("/proc/self/fd", error);
    for (int links = 0; !error && links < mostLinks && fs::is_symlink(path, error); ++links) {
        const fs::path folder = fs::canonical(path.has_parent_path() ? path.parent_path() : ".", error);
        if (!error && folder == own) {
            const std::string name = path.filename().string();
            int number = -1;
            const auto read = std::from_chars(name.data(), name.data() + name.size(), number);
            return read.ec == std::errc() ? std::optional(number) : std::nullopt;
        }
        path = folder / fs::read_symlink(path, error);
    }
    return std::nullopt;
}

/// Drops what it is given, or shows it.
bool isHarmless(dev_t device)
{
    constexpr unsigned memoryDevices = 1;
    constexpr std::array<unsigned, 3> nullZeroFull{3, 5, 7};
    constexpr unsigned terminals = 4;
    constexpr unsigned ownTerminals = 5;
    constexpr unsigned firstPseudo = 136;
    constexpr unsigned lastPseudo = 143;
    const unsigned kind = major(device);
    if (kind == memoryDevices) {
        return std::find(nullZeroFull.begin(), nullZeroFull.end(), minor(device)) != nullZeroFull.end();
    }
    return kind == terminals || kind == ownTerminals || (kind >= firstPseudo && kind <= lastPseudo);
}

int opened(const fs::path& path, int flags)
{
    const int descriptor = open(path.c_str(), flags | O_WRONLY | O_NOCTTY | O_CLOEXEC);
    if (descriptor < 0 && errno == ENXIO) {
        refuse(path, "is a pipe that nobody reads from", "start its reader first");
    }
    if (descriptor < 0) {
        throwWriteError(path, errno);
    }
    return descriptor;
}

} // namespace

int openStream(const fs::path& path)
{
    if (const auto number = descriptorNamed(path)) {
        const int flags = fcntl(*number, F_GETFL);
        if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY) {
            refuse(path, "is not open for writing");
        }
        const int copy = fcntl(*number, F_DUPFD_CLOEXEC, 0);
        if (copy < 0) {
            throwWriteError(path, errno);
        }
        return copy;
    }
    struct stat status
    {
    };
    if (stat(path.c_str(), &status) != 0 || S_ISREG(status.st_mode)) {
        return -1;
    }
    if (S_ISFIFO(status.st_mode)) {
        return opened(path, O_NONBLOCK);
    }
    if (S_ISCHR(status.st_mode) && isHarmless(status.st_rdev)) {
        return opened(path, 0);
    }
    if (S_ISDIR(status.st_mode)) {
        refuse(path, "is a folder");
    }
    refuse(path, S_ISSOCK(status.st_mode) ? "is a socket" : "is a device");
}

bool isStream(const fs::path& path)
{
    struct stat status
    {
    };
    return descriptorNamed(path) || (stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode));
}

void waitForReader(int descriptor, const fs::path& path)
{
    pollfd ready{descriptor, POLLOUT, 0};
    int count = 0;
    do {
        count = poll(&ready, 1, readerMilliseconds);
    } while (count < 0 && errno == EINTR);
    if (count == 0) {
        refuse(path, "is a pipe whose reader takes nothing", "look at the program that reads from it");
    }
}

} // namespace thaw

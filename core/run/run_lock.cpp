#include "core/run/run_lock.h"

#include "core/base/error.h"
#include "core/run/run_store.h"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace thaw {

namespace {

/// flock without waiting. @return 0 or an errno
int tryLock(int descriptor, int operation)
{
    int result = 0;
    do {
        result = flock(descriptor, operation | LOCK_NB);
    } while (result != 0 && errno == EINTR);
    return result == 0 ? 0 : errno;
}

/// isHeld() of another process holds the lock for an instant: only who keeps it longer than this trains.
int lockPatiently(int descriptor)
{
    int problem = tryLock(descriptor, LOCK_EX);
    for (int i = 0; i < 20 && problem == EWOULDBLOCK; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        problem = tryLock(descriptor, LOCK_EX);
    }
    return problem;
}

[[noreturn]] void throwLockError(const std::filesystem::path& folder, int number)
{
    const std::filesystem::path file = RunFiles{folder}.lock();
    if (number == ELOOP) {
        throw Error(ErrorCode::RunInvalid, file, "is a link, and what it names may be anything",
                    "remove it, if nothing trains into this run");
    }
    if (number == EISDIR || number == ENXIO) {
        throw Error(ErrorCode::RunInvalid, file,
                    number == EISDIR ? "is a folder, where a run has a file" : "is not a file",
                    "remove it, if nothing trains into this run");
    }
    const bool isFull = number == ENOSPC || number == EDQUOT;
    throw Error(isFull ? ErrorCode::DiskFull : ErrorCode::WriteFailed, file,
                std::string("cannot be locked (") + std::strerror(number) + ")",
                "choose a folder that you may write to");
}

/// Whether the file of this name is the one that is open.
bool isStillThere(const std::filesystem::path& file, int descriptor)
{
    struct stat open
    {
    };
    struct stat named
    {
    };
    if (fstat(descriptor, &open) != 0 || lstat(file.c_str(), &named) != 0) {
        return false;
    }
    // Some network file systems number a file anew: then that it still has a name must do.
    return (open.st_dev == named.st_dev && open.st_ino == named.st_ino) || open.st_nlink > 0;
}

/// The descriptor of run.lock, locked.
int openLocked(const std::filesystem::path& folder)
{
    const std::filesystem::path file = RunFiles{folder}.lock();
    for (int attempt = 1;; ++attempt) {
        // A link would have a file made or locked wherever it leads; opening a pipe must not wait.
        const int descriptor =
            open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);
        if (descriptor < 0) {
            throwLockError(folder, errno);
        }
        struct stat status
        {
        };
        if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
            close(descriptor);
            throw Error(ErrorCode::RunInvalid, file, "is not a file", "remove it");
        }
        if (const int problem = lockPatiently(descriptor)) {
            close(descriptor);
            if (problem == EWOULDBLOCK) {
                throw Error(ErrorCode::RunInUse, folder, "another process is training into this run",
                            "wait until it is done, or stop it first");
            }
            throwLockError(folder, problem);
        }
        constexpr int most = 20;
        if (isStillThere(file, descriptor) || attempt == most) {
            return descriptor;
        }
        close(descriptor); // removed between the two: the next one makes it anew
    }
}

} // namespace

RunLock::RunLock(const std::filesystem::path& folder) : m_folder(folder), m_descriptor(openLocked(folder)) {}

bool RunLock::renew()
{
    if (isStillThere(RunFiles{m_folder}.lock(), m_descriptor)) {
        return false;
    }
    const int again = openLocked(m_folder);
    close(m_descriptor);
    m_descriptor = again;
    return true;
}

RunLock::~RunLock()
{
    // The file stays: removing it would let a third process lock a new file while a second waits for this
    // one.
    close(m_descriptor);
}

bool RunLock::isHeld(const std::filesystem::path& folder)
{
    const int descriptor =
        open(RunFiles{folder}.lock().c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (descriptor < 0) {
        return false;
    }
    const bool held = tryLock(descriptor, LOCK_SH) == EWOULDBLOCK;
    close(descriptor);
    return held;
}

} // namespace thaw

#include "core/base/error.h"
#include "core/run/run_store.h"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
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
    throw Error(number == ENOSPC ? ErrorCode::DiskFull : ErrorCode::WriteFailed, RunFiles{folder}.lock(),
                std::string("cannot be locked (") + std::strerror(number) + ")",
                "choose a folder that you may write to");
}

} // namespace

RunLock::RunLock(const std::filesystem::path& folder)
    : m_descriptor(open(RunFiles{folder}.lock().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666))
{
    if (m_descriptor < 0) {
        throwLockError(folder, errno);
    }
    if (const int problem = lockPatiently(m_descriptor)) {
        close(m_descriptor);
        if (problem == EWOULDBLOCK) {
            throw Error(ErrorCode::RunInUse, folder, "another process is training into this run",
                        "wait until it is done, or stop it first");
        }
        throwLockError(folder, problem);
    }
}

RunLock::~RunLock()
{
    // The file stays: removing it would let a third process lock a new file while a second waits for this
    // one.
    close(m_descriptor);
}

bool RunLock::isHeld(const std::filesystem::path& folder)
{
    const int descriptor = open(RunFiles{folder}.lock().c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) {
        return false;
    }
    const bool held = tryLock(descriptor, LOCK_SH) == EWOULDBLOCK;
    close(descriptor);
    return held;
}

} // namespace thaw

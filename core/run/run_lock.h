#pragma once

#include <filesystem>

namespace thaw {

/// Held while a process trains into a run: an advisory lock on RUN/run.lock that dies with its owner.
class RunLock
{
public:
    /// @throws Error RunInUse when a living process holds it, RunInvalid when the file is a link or no file,
    ///         WriteFailed, DiskFull
    explicit RunLock(const std::filesystem::path& folder);
    ~RunLock();
    RunLock(const RunLock&) = delete;
    RunLock& operator=(const RunLock&) = delete;

    /// Before each write: where somebody removed or replaced the file, others could lock another one. It is
    /// then taken again. @return whether it had to be
    /// @throws Error RunInUse when another process was quicker, and as the constructor
    bool renew();

    static bool isHeld(const std::filesystem::path& folder);

private:
    std::filesystem::path m_folder;
    int m_descriptor = -1;
};

} // namespace thaw

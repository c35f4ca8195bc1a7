#pragma once

#include <filesystem>
#include <string_view>

namespace thaw {

/// A folder of this process's own, removed with everything in it: at its end, or, when the process was
/// killed, as soon as somebody makes the next one of this prefix in the same place.
class ScratchFolder
{
public:
    /// @param parent must exist
    /// @param prefix of the folder's name, not empty; what else in `parent` begins with it and has six
    /// characters more
    ///               is taken for left behind unless a process holds it
    /// @throws Error WriteFailed, DiskFull
    ScratchFolder(const std::filesystem::path& parent, std::string_view prefix);
    ~ScratchFolder();
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;

    const std::filesystem::path& path() const { return m_path; }

private:
    std::filesystem::path m_path;
    int m_lock = -1; ///< the folder, locked for as long as this process lives
};

/// Removes the folders that killed processes left in `parent`.
void removeLeftFolders(const std::filesystem::path& parent, std::string_view prefix);

} // namespace thaw

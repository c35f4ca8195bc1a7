#pragma once

#include <filesystem>
#include <string_view>

namespace thaw {

/// A temporary folder of this process. It is removed with its contents when the object is destroyed or, after
/// the process was killed, when the next folder with this prefix is made in the same place.
class ScratchFolder
{
public:
    /// @param parent must exist
    /// @param prefix of the folder's name, not empty. Another entry of `parent` with this prefix and six more
    ///               characters counts as left behind, unless a process holds it
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

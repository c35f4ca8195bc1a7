#pragma once

#include "core/data/dataset/dataset_index.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace thaw {

/// What lies directly in a folder, hidden folders and known litter left out, sorted by bytes.
struct FolderContents
{
    std::vector<std::string> folders;
    std::vector<std::string> linkedFolders;
    std::vector<std::string> pictures;     ///< by extension, or by their first bytes; dangling links too
    std::vector<std::string> unrecognised; ///< neither pictures nor known litter
    std::size_t litter = 0;                ///< notes, lists, caches, hidden files
    /// All files that are no pictures, hidden ones and those that a system leaves behind excepted.
    std::vector<std::string> others;

    /// folders and linkedFolders, sorted.
    std::vector<std::string> allFolders() const;
};

/// The files under a folder, as paths relative to the root.
struct FoundFiles
{
    std::vector<std::string> pictures;
    std::vector<std::string> unrecognised;
    std::vector<std::string> others;      ///< as FolderContents::others
    std::vector<std::string> maskFolders; ///< not entered
    std::size_t litter = 0;               ///< of folders that have pictures
};

enum class MaskFolders { Enter, LeaveOut };

/// Lists pictures under a root: a data set's, or any folder. Nothing that lies there is dropped uncounted.
class FolderWalk
{
public:
    /// @param problems receives folders that cannot be opened, and files that look like pictures but are of a
    /// kind that is known to be none (PDF) or unreadable (raw)
    FolderWalk(std::filesystem::path root, std::vector<Problem>& problems, std::stop_token stop);

    /// Read once: asked again, it is the same. @param folder relative to the root, empty for the root itself
    const FolderContents& contentsOf(const std::string& folder);

    /// All files under `folder`. Within one call every folder is entered once, however many links lead to it
    /// (real folders first, then links by name); links back to the root or to a folder above `folder` are not
    /// followed.
    FoundFiles filesUnder(const std::string& folder, MaskFolders masks = MaskFolders::Enter);
    /// The pictures among them. @param others receives the other files met
    std::vector<std::string> picturesUnder(const std::string& folder,
                                           std::vector<std::string>* others = nullptr);

private:
    using FileId = std::pair<std::uint64_t, std::uint64_t>;

    FolderContents read(const std::string& folder);
    bool enter(const std::string& folder, std::set<FileId>& entered) const;

    std::filesystem::path m_root;
    std::vector<Problem>& m_problems;
    std::stop_token m_stop;
    std::map<std::string, FolderContents> m_read;
};

} // namespace thaw

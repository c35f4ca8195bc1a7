#pragma once

#include "core/data/dataset_index.h"

#include <cstdint>
#include <filesystem>
#include <set>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace thaw {

/// What lies directly in a folder, hidden entries and known litter left out, sorted by bytes.
struct FolderContents
{
    std::vector<std::string> folders;
    std::vector<std::string> linkedFolders;
    std::vector<std::string> pictures; ///< by extension; dangling links too
    /// All other files, those that a system or a tool leaves behind excepted (Thumbs.db).
    std::vector<std::string> others;

    /// folders and linkedFolders, sorted.
    std::vector<std::string> allFolders() const;
};

/// Lists pictures under a root: a data set's, or any folder.
class FolderWalk
{
public:
    /// @param problems receives folders that cannot be opened, and files that look like pictures but are of a
    /// kind that is known to be none (PDF) or unreadable (raw)
    FolderWalk(std::filesystem::path root, std::vector<Problem>& problems, std::stop_token stop);

    /// @param folder relative to the root, empty for the root itself
    FolderContents contentsOf(const std::string& folder);

    /// All pictures under `folder`, as paths relative to the root. Within one call every folder is entered
    /// once, however many links lead to it (real folders first, then links by name); links back to the root
    /// or to a folder above `folder` are not followed.
    /// @param others receives the other files met, likewise
    std::vector<std::string> picturesUnder(const std::string& folder,
                                           std::vector<std::string>* others = nullptr);

private:
    using FileId = std::pair<std::uint64_t, std::uint64_t>;

    void collect(const std::string& folder, std::set<FileId>& entered, std::vector<std::string>& pictures,
                 std::vector<std::string>* others);
    bool enter(const std::string& folder, std::set<FileId>& entered) const;

    std::filesystem::path m_root;
    std::vector<Problem>& m_problems;
    std::stop_token m_stop;
};

} // namespace thaw

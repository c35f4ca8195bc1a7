#include "core/data/dataset/inner_folder.h"

#include "core/data/dataset/dataset_scan.h"
#include "core/data/dataset/folder_walk.h"
#include "core/data/dataset/split_folders.h"

#include <algorithm>
#include <system_error>

namespace thaw {

namespace {

bool holdsList(const std::filesystem::path& folder)
{
    std::error_code error;
    return std::filesystem::exists(folder / "split.csv", error);
}

bool holdsSplits(FolderWalk& walk)
{
    const auto splits = splitFoldersAbove(walk, walk.contentsOf(""));
    return !splits.empty() && std::ranges::all_of(splits, [&](const auto& entry) {
        const FolderContents& contents = walk.contentsOf(entry.second.path);
        return contents.pictures.empty() && !contents.allFolders().empty();
    });
}

bool holdsClasses(FolderWalk& walk)
{
    const FolderContents& contents = walk.contentsOf("");
    return contents.pictures.empty() &&
           std::ranges::count_if(contents.allFolders(), [&](const std::string& name) {
               return !walk.picturesUnder(name).empty();
           }) > 1;
}

} // namespace

std::filesystem::path innerFolder(const std::filesystem::path& root, ScanPurpose purpose,
                                  const std::stop_token& stop)
{
    constexpr int mostLevels = 8;
    std::filesystem::path folder = root;
    for (int level = 0; level <= mostLevels; ++level) {
        std::vector<Problem> ignored;
        FolderWalk walk(folder, ignored, stop);
        const FolderContents& contents = walk.contentsOf("");
        const std::vector<std::string> folders = contents.allFolders();
        const bool isDataset = holdsList(folder) || holdsSplits(walk) ||
                               (level > 0 && purpose == ScanPurpose::Training && holdsClasses(walk));
        if (isDataset) {
            return folder;
        }
        if (folders.size() != 1 || !contents.pictures.empty()) {
            break;
        }
        folder /= folders.front();
    }
    return root;
}

} // namespace thaw

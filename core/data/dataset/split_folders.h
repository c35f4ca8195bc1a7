#pragma once

#include "core/data/dataset/folder_walk.h"
#include "core/data/dataset/split.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace thaw {

// Finds the folders of splits by their names and by what lies in them. Internal to core/data.

/// A folder whose files are all of one split.
struct SplitFolder
{
    std::string path; ///< relative to the root; the inner one where it is doubled ("seg_train/seg_train")
    Split split = Split::Train;

    bool operator==(const SplitFolder&) const = default;
};

/// Those that lie directly in the root and hold the class folders, by name. Plain words ("train", "val") are
/// taken whatever lies in them. Names that only speak of a split ("seg_train", "Testing") are taken where
/// they hold folders and no pictures, and where either plain ones lie beside them, or they are of training
/// and of another split, have classes in common, and no other folder there has these classes too.
std::map<std::string, SplitFolder> splitFoldersAbove(FolderWalk& walk, const FolderContents& root);

/// Those that lie in each of the class folders, by class: where all of them that are not empty hold some and
/// at most a few pictures directly (one, or a tenth of the others), and together they are of training and of
/// another split. Else empty.
std::map<std::string, std::vector<SplitFolder>> splitFoldersInside(FolderWalk& walk,
                                                                   const std::vector<std::string>& classes);

/// What to say of class folders that look like splits, or hold folders that do, and were not understood.
std::optional<std::string> splitDoubts(FolderWalk& walk, const std::vector<std::string>& classes);

} // namespace thaw

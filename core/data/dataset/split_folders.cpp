#include "core/data/dataset/split_folders.h"

#include "core/base/printable.h"
#include "core/data/dataset/folder_names.h"

#include <algorithm>
#include <iterator>
#include <set>

namespace thaw {

namespace {

/// "seg_train/seg_train" of "seg_train" where that is all it holds.
SplitFolder innermost(FolderWalk& walk, SplitFolder folder)
{
    constexpr int mostDoubled = 3;
    for (int i = 0; i < mostDoubled; ++i) {
        const FolderContents& contents = walk.contentsOf(folder.path);
        const std::vector<std::string> inside = contents.allFolders();
        if (inside.size() != 1 || !contents.pictures.empty() ||
            splitInFolderName(inside.front()) != folder.split) {
            break;
        }
        folder.path += "/" + inside.front();
    }
    return folder;
}

bool holdsFoldersAlone(FolderWalk& walk, const std::string& folder)
{
    const FolderContents& contents = walk.contentsOf(folder);
    return contents.pictures.empty() && !contents.allFolders().empty();
}

std::set<std::string> namesIn(FolderWalk& walk, const std::string& folder)
{
    std::set<std::string> names;
    for (const std::string& name : walk.contentsOf(folder).allFolders()) {
        if (!isMaskFolderName(name)) {
            names.insert(name);
        }
    }
    return names;
}

bool overlap(const std::set<std::string>& one, const std::set<std::string>& other)
{
    return std::ranges::any_of(one, [&](const std::string& name) { return other.contains(name); });
}

/// Whether names that only speak of splits can be nothing else.
bool areSplits(FolderWalk& walk, const FolderContents& root, const std::map<std::string, SplitFolder>& named)
{
    std::set<std::string> trained;
    std::set<std::string> measured;
    for (const auto& [name, folder] : named) {
        const std::set<std::string> classes = namesIn(walk, folder.path);
        (folder.split == Split::Train ? trained : measured).insert(classes.begin(), classes.end());
    }
    return overlap(trained, measured) &&
           std::ranges::none_of(root.allFolders(), [&](const std::string& name) {
               return !named.contains(name) && overlap(trained, namesIn(walk, name));
           });
}

/// A folder called "evaluation" beside one for validation is the test where nothing else is.
void settleEvaluation(const std::vector<SplitFolder*>& folders)
{
    const auto isEvaluation = [](const SplitFolder* folder) {
        const std::size_t slash = folder->path.rfind('/');
        return speaksOfEvaluation(folder->path.substr(slash == std::string::npos ? 0 : slash + 1));
    };
    const bool hasTest =
        std::ranges::any_of(folders, [](const SplitFolder* folder) { return folder->split == Split::Test; });
    const bool hasValidation = std::ranges::any_of(folders, [&](const SplitFolder* folder) {
        return folder->split == Split::Validation && !isEvaluation(folder);
    });
    if (hasValidation && !hasTest) {
        for (SplitFolder* folder : folders) {
            folder->split = isEvaluation(folder) ? Split::Test : folder->split;
        }
    }
}

/// Few enough to have been forgotten beside the folders of splits.
bool areForgotten(FolderWalk& walk, const std::vector<std::string>& pictures,
                  const std::vector<SplitFolder>& folders)
{
    constexpr std::size_t oneIn = 10;
    std::size_t inside = 0;
    for (const SplitFolder& folder : folders) {
        inside += walk.picturesUnder(folder.path).size();
    }
    return pictures.size() <= std::max<std::size_t>(inside / oneIn, inside > 0 ? 1 : 0);
}

std::vector<SplitFolder> splitFoldersOf(FolderWalk& walk, const std::string& name)
{
    std::vector<SplitFolder> folders;
    for (const std::string& part : walk.contentsOf(name).allFolders()) {
        if (const auto split = splitInFolderName(part)) {
            folders.push_back({std::string(name).append("/").append(part), *split});
        }
    }
    return folders;
}

std::string quotedList(const std::vector<std::string>& names)
{
    constexpr std::size_t shown = 4;
    std::string text;
    for (std::size_t i = 0; i < std::min(shown, names.size()); ++i) {
        text += (i > 0 ? ", '" : "'") + printable(names[i]) + "'";
    }
    return names.size() > shown ? text + " …" : text;
}

} // namespace

std::map<std::string, SplitFolder> splitFoldersAbove(FolderWalk& walk, const FolderContents& root)
{
    std::map<std::string, SplitFolder> plain;
    std::set<Split> plainSplits;
    std::map<std::string, SplitFolder> named;
    for (const std::string& name : root.allFolders()) {
        const auto split = splitInFolderName(name);
        if (!split || isMaskFolderName(name)) {
            continue;
        }
        if (isPlainSplitName(name)) {
            plain[name] = innermost(walk, {name, *split});
            plainSplits.insert(*split);
        } else if (holdsFoldersAlone(walk, name)) {
            named[name] = innermost(walk, {name, *split});
        }
    }
    if (plain.empty() && !areSplits(walk, root, named)) {
        return {};
    }
    std::map<std::string, SplitFolder> all = plain;
    all.merge(std::map(named));
    std::vector<SplitFolder*> folders;
    for (auto& [name, folder] : all) {
        folders.push_back(&folder);
    }
    settleEvaluation(folders);
    // "train_small" beside "train" is part of it, or anything.
    std::erase_if(all, [&](const auto& entry) {
        return !plain.contains(entry.first) && plainSplits.contains(entry.second.split);
    });
    return all;
}

std::map<std::string, std::vector<SplitFolder>> splitFoldersInside(FolderWalk& walk,
                                                                   const std::vector<std::string>& classes)
{
    std::map<std::string, std::vector<SplitFolder>> inside;
    std::set<Split> splits;
    for (const std::string& name : classes) {
        std::vector<SplitFolder> folders = splitFoldersOf(walk, name);
        if (!folders.empty() && areForgotten(walk, walk.contentsOf(name).pictures, folders)) {
            std::ranges::transform(folders, std::inserter(splits, splits.end()), &SplitFolder::split);
            inside[name] = std::move(folders);
        } else if (!walk.picturesUnder(name).empty()) {
            return {};
        }
    }
    if (!splits.contains(Split::Train) || splits.size() < 2) {
        return {};
    }
    std::vector<SplitFolder*> all;
    for (auto& [name, folders] : inside) {
        std::ranges::transform(folders, std::back_inserter(all), [](SplitFolder& folder) { return &folder; });
    }
    settleEvaluation(all);
    return inside;
}

std::optional<std::string> splitDoubts(FolderWalk& walk, const std::vector<std::string>& classes)
{
    std::vector<std::string> holders; // of folders
    std::vector<std::string> common;
    std::set<std::string> likeSplits;
    std::vector<std::string> mixed; // hold pictures beside such folders
    for (const std::string& name : classes) {
        const std::set<std::string> names = namesIn(walk, name);
        if (names.empty()) {
            continue;
        }
        std::ranges::copy_if(names, std::inserter(likeSplits, likeSplits.end()),
                             [](const std::string& part) { return splitInFolderName(part).has_value(); });
        const std::vector<SplitFolder> folders = splitFoldersOf(walk, name);
        if (!folders.empty() && !areForgotten(walk, walk.contentsOf(name).pictures, folders)) {
            mixed.push_back(name);
        }
        std::vector<std::string> both;
        std::ranges::set_intersection(common, names, std::back_inserter(both));
        common = holders.empty() ? std::vector<std::string>(names.begin(), names.end()) : both;
        holders.push_back(name);
    }
    if (!likeSplits.empty()) {
        const std::string reason = mixed.empty()
                                       ? "not every class has them for training and for another split"
                                       : "other pictures lie beside them in " + quotedList(mixed);
        return "sub-folders of class folders are called " +
               quotedList({likeSplits.begin(), likeSplits.end()}) + ", but " + reason +
               ": all pictures of a class are dealt anew; give each class its train and test folders alone, "
               "or put train and test above the classes";
    }
    const bool areAll = holders.size() > 1 && holders.size() == classes.size();
    if (areAll && common.size() > 1) {
        return "the folders " + quotedList(holders) +
               " are taken for the classes, yet all of them hold the same "
               "sub-folders, " +
               quotedList(common) +
               ": if one of the two are splits, call them train, "
               "validation and test, or their pictures are mixed and dealt anew";
    }
    return std::nullopt;
}

} // namespace thaw

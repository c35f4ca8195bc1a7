#include "core/data/dataset/dataset_listing.h"

#include "core/base/error.h"
#include "core/data/dataset/dataset_scan.h"
#include "core/data/dataset/folder_names.h"
#include "core/data/dataset/inner_folder.h"
#include "core/data/dataset/split_folders.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <system_error>

namespace thaw {

namespace {

/// A class's pictures without its masks, unless there is nothing else.
FoundFiles picturesOfClass(FolderWalk& walk, const std::string& folder, DatasetListing& listing)
{
    FoundFiles found = walk.filesUnder(folder, MaskFolders::LeaveOut);
    if (found.pictures.empty() && !found.maskFolders.empty()) {
        return walk.filesUnder(folder);
    }
    for (const std::string& masks : found.maskFolders) {
        if (const std::size_t count = walk.picturesUnder(masks).size(); count > 0) {
            listing.problems.push_back(
                {masks, ProblemCode::Unlisted, ProblemSeverity::Warning,
                 "left out with " + std::to_string(count) + (count == 1 ? " picture" : " pictures") +
                     ": its name says that they are masks; rename it if they are photographs"});
        }
    }
    return found;
}

void addClassFolder(FolderWalk& walk, const std::string& folder, const std::string& label,
                    std::optional<Split> split, DatasetListing& listing)
{
    listing.labels.insert(label);
    listing.classFolders[folder] = {folder, label, split};
    if (isMaskFolderName(label)) {
        listing.problems.push_back({folder, ProblemCode::SplitLikeFolders, ProblemSeverity::Warning,
                                    "is taken for a class, though its name says that it holds masks"});
    }
    FoundFiles found = picturesOfClass(walk, folder, listing);
    reportOthers(found, folder, listing);
    if (found.pictures.empty() && split) {
        listing.emptyFolders.push_back({folder, label, split});
    }
    for (std::string& path : found.pictures) {
        listing.candidates.push_back({std::move(path), label, split});
    }
}

void reportBeside(FolderWalk& walk, const std::string& folder, const std::string& where,
                  DatasetListing& listing)
{
    const std::size_t count = walk.picturesUnder(folder).size();
    if (count == 0) {
        return;
    }
    const char* masks = "its name says that they are masks";
    listing.problems.push_back(
        {folder, ProblemCode::Unlisted, ProblemSeverity::Warning,
         "left out with " + std::to_string(count) + (count == 1 ? " picture: " : " pictures: ") +
             (isMaskFolderName(std::filesystem::path(folder).filename().string()) ? masks : where)});
}

void reportStray(const std::string& folder, const std::vector<std::string>& pictures, DatasetListing& listing)
{
    const std::string prefix = folder.empty() ? "" : folder + "/";
    for (const std::string& name : pictures) {
        listing.problems.push_back({std::string(prefix).append(name), ProblemCode::Unlisted,
                                    ProblemSeverity::Warning, "left out: it lies outside the class folders"});
    }
}

/// Pictures in a class's folder beside those of its splits.
void reportForgotten(const std::string& label, const std::vector<std::string>& pictures,
                     DatasetListing& listing)
{
    constexpr std::size_t handful = 5;
    const char* words = "left out: it lies beside the folders of its class's splits";
    std::vector<std::string> paths;
    for (const std::string& name : pictures) {
        paths.push_back(std::string(label).append("/").append(name));
    }
    if (paths.size() <= handful) {
        for (const std::string& path : paths) {
            listing.problems.push_back({path, ProblemCode::Unlisted, ProblemSeverity::Warning, words});
        }
        return;
    }
    listing.problems.push_back({label, ProblemCode::Unlisted, ProblemSeverity::Warning,
                                std::to_string(paths.size()) +
                                    " pictures left out, which lie beside the folders of its splits, such "
                                    "as '" +
                                    printable(pictures.front()) + "'",
                                paths});
}

/// Tells of what class and split the pictures are that cannot be used.
void assignProblems(DatasetListing& listing)
{
    for (Problem& problem : listing.problems) {
        if (!isLeftOutPicture(problem.code) && problem.code != ProblemCode::Unrecognised) {
            continue;
        }
        std::string folder = problem.path;
        auto found = listing.classFolders.find(folder);
        while (found == listing.classFolders.end() && !folder.empty()) {
            const std::size_t slash = folder.rfind('/');
            folder.resize(slash == std::string::npos ? 0 : slash);
            found = listing.classFolders.find(folder);
        }
        if (found != listing.classFolders.end()) {
            problem.label = found->second.label;
            problem.split = found->second.split;
        }
    }
}

void listSplitFolder(FolderWalk& walk, const SplitFolder& folder, DatasetListing& listing)
{
    const FolderContents& contents = walk.contentsOf(folder.path);
    const std::vector<std::string> classes = contents.allFolders();
    if (classes.empty() && !contents.pictures.empty()) {
        throw Error(ErrorCode::DatasetInvalid, listing.root / folder.path,
                    "the folder holds pictures directly, so their classes are unknown",
                    "put them into one sub-folder for each class; if '" + printable(folder.path) +
                        "' is itself a class, give it another name");
    }
    reportStray(folder.path, contents.pictures, listing);
    for (const std::string& name : classes) {
        addClassFolder(walk, std::string(folder.path).append("/").append(name), name, folder.split, listing);
    }
}

void listSplitFolders(FolderWalk& walk, const FolderContents& top,
                      const std::map<std::string, SplitFolder>& splits, DatasetListing& listing)
{
    listing.layout = DatasetLayout::SplitFolders;
    for (const std::string& name : top.allFolders()) {
        if (const auto split = splits.find(name); split != splits.end()) {
            listSplitFolder(walk, split->second, listing);
        } else {
            reportBeside(walk, name, "it lies beside the train, validation and test folders", listing);
        }
    }
}

/// Classes above, and their splits inside each.
void listInnerSplits(FolderWalk& walk, const std::vector<std::string>& classes,
                     const std::map<std::string, std::vector<SplitFolder>>& splits, DatasetListing& listing)
{
    listing.layout = DatasetLayout::SplitFolders;
    for (const std::string& label : classes) {
        const auto found = splits.find(label);
        if (found == splits.end()) { // without pictures
            addClassFolder(walk, label, label, std::nullopt, listing);
            continue;
        }
        const std::vector<SplitFolder>& folders = found->second;
        FoundFiles direct;
        for (const std::string& name : walk.contentsOf(label).unrecognised) {
            direct.unrecognised.push_back(std::string(label).append("/").append(name));
        }
        reportOthers(direct, label, listing);
        reportForgotten(label, walk.contentsOf(label).pictures, listing);
        for (const std::string& part : walk.contentsOf(label).allFolders()) {
            const std::string path = std::string(label).append("/").append(part);
            const auto folder = std::ranges::find(folders, path, &SplitFolder::path);
            if (folder != folders.end()) {
                addClassFolder(walk, path, label, folder->split, listing);
            } else {
                reportBeside(walk, path, "it lies beside the splits of its class", listing);
            }
        }
    }
}

void listClassFolders(FolderWalk& walk, const FolderContents& top, DatasetListing& listing)
{
    listing.layout = DatasetLayout::ClassFolders;
    const std::vector<std::string> classes = top.allFolders();
    if (classes.empty() && !top.pictures.empty()) {
        throw Error(ErrorCode::DatasetInvalid, listing.root,
                    "the folder holds pictures directly, so their classes are unknown",
                    "put them into one sub-folder for each class");
    }
    if (const auto inside = splitFoldersInside(walk, classes); !inside.empty()) {
        return listInnerSplits(walk, classes, inside, listing);
    }
    if (const auto doubts = splitDoubts(walk, classes)) {
        listing.problems.push_back({"", ProblemCode::SplitLikeFolders, ProblemSeverity::Warning, *doubts});
    }
    for (const std::string& name : classes) {
        addClassFolder(walk, name, name, std::nullopt, listing);
    }
}

bool isListName(const std::filesystem::path& path)
{
    static constexpr std::array<std::string_view, 7> endings{".csv", ".CSV", ".tsv", ".TSV",
                                                             ".txt", ".TXT", ".lst"};
    return std::ranges::find(endings, path.extension().string()) != endings.end();
}

DatasetListing listFolder(const std::filesystem::path& root, const std::stop_token& stop)
{
    DatasetListing listing;
    listing.root = root;
    FolderWalk walk(root, listing.problems, stop);
    const FolderContents& top = walk.contentsOf("");
    if (!listing.problems.empty() && listing.problems.back().path.empty()) {
        throw Error(ErrorCode::FileUnreadable, root, listing.problems.back().message,
                    "check that you may read it");
    }
    reportStray("", top.pictures, listing);
    const auto splits = splitFoldersAbove(walk, top);
    if (splits.empty()) {
        listClassFolders(walk, top, listing);
    } else {
        listSplitFolders(walk, top, splits, listing);
    }
    std::sort(listing.candidates.begin(), listing.candidates.end(),
              [](const Candidate& a, const Candidate& b) { return a.path < b.path; });
    assignProblems(listing);
    return listing;
}

} // namespace

void reportOthers(const FoundFiles& found, const std::string& folder, DatasetListing& listing)
{
    if (const std::size_t count = found.unrecognised.size(); count > 0) {
        const std::string& first = found.unrecognised.front();
        const std::string name = printable(std::filesystem::path(first).filename().string());
        const std::string where = folder.empty() ? " beside the pictures" : " in it";
        listing.problems.push_back(
            {folder, ProblemCode::Unrecognised, ProblemSeverity::Warning,
             count == 1 ? "a file" + where + " is no picture of a known kind and is left out: '" + name + "'"
                        : std::to_string(count) + " files" + where +
                              " are no pictures of a known kind and are left out, such as '" + name + "'",
             found.unrecognised});
    }
    listing.litter += found.litter;
}

std::optional<DatasetListing> listDataset(const std::filesystem::path& path, ScanPurpose purpose,
                                          const std::stop_token& stop)
{
    std::error_code error;
    const std::filesystem::path absolute = std::filesystem::absolute(path, error).lexically_normal();
    const auto status = std::filesystem::status(absolute, error);
    if (!std::filesystem::exists(status)) {
        throw Error(ErrorCode::FileNotFound, path, "there is no such folder or list");
    }
    std::optional<DatasetListing> listing;
    if (std::filesystem::is_directory(status)) {
        // A trailing slash would leave an empty last part.
        const std::filesystem::path chosen = absolute.has_filename() ? absolute : absolute.parent_path();
        const std::filesystem::path root = innerFolder(chosen, purpose, stop);
        const std::filesystem::path manifest = root / "split.csv";
        listing = std::filesystem::exists(manifest, error) ? listManifest(root, manifest, false, stop)
                                                           : listFolder(root, stop);
        if (listing && root != chosen) {
            listing->problems.push_back({"", ProblemCode::InnerFolder, ProblemSeverity::Info,
                                         "the data set is the folder '" +
                                             printable(root.lexically_relative(chosen).string()) + "' in '" +
                                             printable(chosen.filename().string()) +
                                             "', which holds nothing else: its paths are told from there"});
        }
    } else if (std::filesystem::is_regular_file(status) && isListName(absolute)) {
        listing = listManifest(absolute.parent_path(), absolute, true, stop);
    } else {
        throw Error(ErrorCode::DatasetInvalid, path, "is neither a folder nor a list (.csv, .tsv, .txt)",
                    "choose a folder with one sub-folder for each class");
    }
    if (!listing || stop.stop_requested()) {
        return std::nullopt;
    }
    if (listing->litter > 0) {
        const bool isOne = listing->litter == 1;
        listing->problems.push_back({"", ProblemCode::Unrecognised, ProblemSeverity::Info,
                                     std::to_string(listing->litter) +
                                         (isOne ? " other file lies" : " other files lie") +
                                         " beside the pictures (notes, lists, hidden files) and " +
                                         (isOne ? "is not used" : "are not used")});
    }
    listing->source = std::filesystem::is_directory(status) ? listing->root : listing->manifest;
    return listing;
}

} // namespace thaw

#include "core/data/dataset_listing.h"

#include "core/base/error.h"
#include "core/data/folder_walk.h"

#include <algorithm>
#include <system_error>

namespace thaw {

namespace {

void addClassFolder(FolderWalk& walk, const std::string& folder, const std::string& label,
                    std::optional<Split> split, DatasetListing& listing)
{
    listing.labels.insert(label);
    for (std::string& path : walk.picturesUnder(folder)) {
        listing.candidates.push_back({std::move(path), label, split});
    }
}

void reportStray(const std::string& folder, const std::vector<std::string>& pictures, DatasetListing& listing)
{
    const std::string prefix = folder.empty() ? "" : folder + "/";
    for (const std::string& name : pictures) {
        listing.problems.push_back({std::string(prefix).append(name), ProblemCode::Unlisted,
                                    ProblemSeverity::Warning, "left out: it lies outside the class folders"});
    }
}

void listSplitFolder(FolderWalk& walk, const std::string& folder, Split split, DatasetListing& listing)
{
    const FolderContents contents = walk.contentsOf(folder);
    const std::vector<std::string> classes = contents.allFolders();
    if (classes.empty() && !contents.pictures.empty()) {
        throw Error(ErrorCode::DatasetInvalid, listing.root / folder,
                    "the folder holds pictures directly, so their classes are unknown",
                    "put them into one sub-folder for each class; if '" + printable(folder) +
                        "' is itself a class, give it another name");
    }
    reportStray(folder, contents.pictures, listing);
    const std::string prefix = folder + "/";
    for (const std::string& name : classes) {
        addClassFolder(walk, std::string(prefix).append(name), name, split, listing);
    }
}

void listSplitFolders(FolderWalk& walk, const FolderContents& top, DatasetListing& listing)
{
    listing.layout = DatasetLayout::SplitFolders;
    for (const std::string& name : top.allFolders()) {
        if (const auto split = splitFromName(name)) {
            listSplitFolder(walk, name, *split, listing);
        } else if (const auto pictures = walk.picturesUnder(name); !pictures.empty()) {
            listing.problems.push_back(
                {name, ProblemCode::Unlisted, ProblemSeverity::Warning,
                 "left out with " + std::to_string(pictures.size()) +
                     " pictures: it lies beside the train, validation and test folders"});
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
    for (const std::string& name : classes) {
        addClassFolder(walk, name, name, std::nullopt, listing);
    }
}

bool isCsvName(const std::filesystem::path& path)
{
    const std::string extension = path.extension().string();
    return extension == ".csv" || extension == ".CSV";
}

DatasetListing listFolder(const std::filesystem::path& root, const std::stop_token& stop)
{
    DatasetListing listing;
    listing.root = root;
    FolderWalk walk(root, listing.problems, stop);
    const FolderContents top = walk.contentsOf("");
    if (!listing.problems.empty() && listing.problems.back().path.empty()) {
        throw Error(ErrorCode::FileUnreadable, root, listing.problems.back().message,
                    "check that you may read it");
    }
    reportStray("", top.pictures, listing);
    const std::vector<std::string> folders = top.allFolders();
    const bool split = std::any_of(folders.begin(), folders.end(),
                                   [](const std::string& name) { return splitFromName(name).has_value(); });
    (split ? listSplitFolders : listClassFolders)(walk, top, listing);
    std::sort(listing.candidates.begin(), listing.candidates.end(),
              [](const Candidate& a, const Candidate& b) { return a.path < b.path; });
    return listing;
}

} // namespace

std::optional<DatasetListing> listDataset(const std::filesystem::path& path, const std::stop_token& stop)
{
    std::error_code error;
    const std::filesystem::path absolute = std::filesystem::absolute(path, error).lexically_normal();
    const auto status = std::filesystem::status(absolute, error);
    if (!std::filesystem::exists(status)) {
        throw Error(ErrorCode::FileNotFound, path, "there is no such folder or CSV file");
    }
    std::optional<DatasetListing> listing;
    if (std::filesystem::is_directory(status)) {
        // A trailing slash would leave an empty last part.
        const std::filesystem::path root = absolute.has_filename() ? absolute : absolute.parent_path();
        const std::filesystem::path manifest = root / "split.csv";
        listing = std::filesystem::exists(manifest, error) ? listManifest(root, manifest, false, stop)
                                                           : listFolder(root, stop);
    } else if (std::filesystem::is_regular_file(status) && isCsvName(absolute)) {
        listing = listManifest(absolute.parent_path(), absolute, true, stop);
    } else {
        throw Error(ErrorCode::DatasetInvalid, path, "is neither a folder nor a CSV file",
                    "choose a folder with one sub-folder for each class");
    }
    if (!listing || stop.stop_requested()) {
        return std::nullopt;
    }
    listing->source = std::filesystem::is_directory(status) ? listing->root : listing->manifest;
    return listing;
}

} // namespace thaw

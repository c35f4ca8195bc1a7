#pragma once

#include "core/base/printable.h"
#include "core/data/dataset/dataset_index.h"
#include "core/data/dataset/dataset_scan.h"
#include "core/data/dataset/folder_walk.h"

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace thaw {

/// A file that wants to be a sample, not yet opened.
struct Candidate
{
    std::string path; ///< as Sample::path
    std::string label;
    std::optional<Split> split; ///< as the data set assigns it

    bool operator==(const Candidate&) const = default;
};

/// What the names alone say of a data set.
struct DatasetListing
{
    std::filesystem::path source;
    std::filesystem::path root;
    std::filesystem::path manifest;
    DatasetLayout layout = DatasetLayout::ClassFolders;
    std::vector<Candidate> candidates; ///< sorted by path
    std::set<std::string> labels;      ///< all that were named, be they empty or not
    std::vector<Problem> problems;
    /// Folders of one class in one split in which no picture was found.
    std::vector<Candidate> emptyFolders;
    std::size_t litter = 0;                        ///< files of no interest beside the pictures
    std::map<std::string, Candidate> classFolders; ///< by path: whose class and split each is of
};

/// Finds the layout and lists its files. Internal to core/data. Nothing when stopped.
/// @throws Error FileNotFound, FileUnreadable, DatasetInvalid
std::optional<DatasetListing> listDataset(const std::filesystem::path& path, ScanPurpose purpose,
                                          const std::stop_token& stop);

/// Counts what was found beside pictures in `folder`, and names what may have been meant for one.
void reportOthers(const FoundFiles& found, const std::string& folder, DatasetListing& listing);

/// The part of listDataset that reads a list. @param given the manifest was named by the user itself:
/// its paths may be absolute
std::optional<DatasetListing> listManifest(const std::filesystem::path& root,
                                           const std::filesystem::path& manifest, bool given,
                                           const std::stop_token& stop);

} // namespace thaw

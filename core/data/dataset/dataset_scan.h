#pragma once

#include "core/base/progress.h"
#include "core/data/dataset/dataset_index.h"

#include <filesystem>
#include <map>
#include <optional>
#include <stop_token>
#include <string>

namespace thaw {

/// What the pictures are read for. Measuring a trained model asks for less than training: one class is
/// enough, and nothing is said of how few or uneven the training pictures are.
enum class ScanPurpose { Training, Measuring };

struct ScanOptions
{
    SplitShares shares; ///< the split of samples that neither the data set nor `assigned` assigns
    bool deep = true;   ///< decode and hash every file: finds damage and duplicates; else headers only
    int threads = 0;    ///< 0: one per core
    ScanPurpose purpose = ScanPurpose::Training;
    /// Samples by Sample::path that keep the split named here, whatever the data set says of them; the others
    /// are dealt without them. A path without a sample is ignored.
    std::map<std::string, Split> assigned{};
};

/// Reads a data set: `path` is a folder (split.csv beats train/validation/test folders beats class folders)
/// or a list of pictures itself (CSV or text), whose paths may then be absolute. A folder that holds nothing
/// but the folder of a data set stands for it. Folders of splits may have prefixes and
/// endings of their own, and lie above the classes or inside each. Sub-folders of a class are flattened,
/// links to files followed. A file whose name has no known ending is a picture when it begins like one; what
/// is none is counted: notes, lists and hidden files (Thumbs.db, *.txt, *.json …) in one line, others class
/// by class. Folders of masks inside a class are left out, and named. Samples that no one assigned to a split
/// get the seeded stratified split; with train and validation given but no test, test stays empty.
///
/// Never throws for a bad picture: that is a Problem. Returns nothing when stopped.
/// @throws Error FileNotFound; DatasetInvalid (not a folder, a list of unknown columns, all rows unusable,
///         folders that cannot be read and too little beside them); DatasetEmpty (no readable picture);
///         DatasetOneClass (for training)
std::optional<DatasetIndex> scanDataset(const std::filesystem::path& path, const ScanOptions& options,
                                        const ProgressCallback& progress = {},
                                        const std::stop_token& stop = {});

} // namespace thaw

#pragma once

#include "core/data/dataset/dataset_index.h"

#include <filesystem>
#include <string>
#include <vector>

namespace thaw {

/// A picture of a run with its fixed split, as noted in split.csv.
struct SplitEntry
{
    std::string path; ///< as Sample::path
    std::string label;
    Split split = Split::Train;
    std::string contentHash;
    /// Not in the data set any more, at that place or with these contents. It stays noted, so that it comes
    /// back into the split that it had.
    bool isGone = false;

    bool operator==(const SplitEntry&) const = default;
};

/// What a run that begins has to note.
std::vector<SplitEntry> splitEntriesOf(const DatasetIndex& dataset);

/// split.csv: path,label,split,sha256,gone. Appears whole or not at all. @throws Error WriteFailed, DiskFull
void writeRunSplit(const std::filesystem::path& file, const std::vector<SplitEntry>& entries);
/// @throws Error FileNotFound, RunInvalid (names the line)
std::vector<SplitEntry> readRunSplit(const std::filesystem::path& file);

} // namespace thaw

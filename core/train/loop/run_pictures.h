#pragma once

#include "core/data/dataset/dataset_index.h"
#include "core/data/input/batch_loader.h"

#include <string>
#include <vector>

namespace thaw {

/// The pictures of one split, as a run reads them.
struct SplitPictures
{
    std::vector<LoadItem> items;            ///< in the data set's order
    std::vector<std::string> contentHashes; ///< of each, SHA-256 in hex; empty where it was not read yet
    /// SHA-256 over what they are, whatever their order and names: see TrainState::trainPictures.
    std::string fingerprint;
};

/// The pictures of a run by split.
struct RunPictures
{
    SplitPictures train;
    SplitPictures validation;
    SplitPictures test;

    const SplitPictures& of(Split split) const;
};

/// An item demands the contents that the scan found: another picture under the name since then would train,
/// or be measured, under the record of the one before.
RunPictures picturesOf(const DatasetIndex& dataset);

} // namespace thaw

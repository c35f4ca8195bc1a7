#pragma once

#include "core/data/dataset/dataset_index.h"
#include "core/data/dataset/dataset_scan.h"

#include <filesystem>
#include <stop_token>

namespace thaw {

/// The folder of the data set that a wrapping folder stands for: people unpack "data/train", "data/test" into
/// a folder of its own. `root` itself, unless it holds one folder and no pictures, again and again down to
/// one with a split.csv, with folders of splits above the classes or, for training, with the folders of two
/// classes. Internal to core/data.
std::filesystem::path innerFolder(const std::filesystem::path& root, ScanPurpose purpose,
                                  const std::stop_token& stop);

} // namespace thaw

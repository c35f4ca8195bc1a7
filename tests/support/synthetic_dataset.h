#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace thaw::test {

/// A folder of made pictures whose classes differ in hue: easy enough that a narrow network learns it in
/// seconds.
struct SyntheticSpec
{
    std::vector<std::string> classes{"blue", "red"};
    int perClass = 20;         ///< in all, or in each split with `splitFolders`
    int side = 48;             ///< pixels
    bool splitFolders = false; ///< train/validation/test folders, else class folders
    std::uint64_t seed = 1;
};

/// Writes PNGs under `root`, which is created.
void writeSyntheticDataset(const std::filesystem::path& root, const SyntheticSpec& spec = {});

} // namespace thaw::test

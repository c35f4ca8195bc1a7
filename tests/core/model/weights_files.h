#pragma once

#include "core/model/weights/weights.h"

#include <filesystem>
#include <map>
#include <string>

namespace thaw::test {

/// The entries of a zip archive by name, unpacked.
using ArchiveEntries = std::map<std::string, std::string>;

ArchiveEntries readArchive(const std::filesystem::path& path);
/// @param packed deflated, else stored as they are, as PyTorch does
void writeArchive(const std::filesystem::path& path, const ArchiveEntries& entries, bool packed = false);

/// The files that make_weights_files.py had written by Keras, PyTorch and others.
const ArchiveEntries& writtenWeightsFiles();
/// One of them, unpacked into `folder`.
std::filesystem::path writtenWeightsFile(const std::string& name, const std::filesystem::path& folder);

/// What all of them hold, by the script's formula.
const std::array<ConvolutionWeights, convolutionCount>& writtenLayers();

} // namespace thaw::test

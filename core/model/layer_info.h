#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace thaw {

enum class LayerKind { Input, Convolution, Pool };

/// A row of the layer table. No tensors here.
struct LayerInfo
{
    std::string name; ///< Keras's: "input", "block1_conv1" … "block5_pool"
    LayerKind kind = LayerKind::Convolution;
    int block = 0;  ///< 1–5; 0 for the input
    int height = 0; ///< of the output
    int width = 0;
    int channels = 0;
    std::int64_t parameters = 0;
    std::int64_t multiplyAdds = 0; ///< forward, one picture

    bool operator==(const LayerInfo&) const = default;
};

/// VGG16's convolutional base (Simonyan & Zisserman 2014, configuration D), possibly with narrower blocks.
struct BackboneSpec
{
    std::array<int, 5> channels{64, 128, 256, 512, 512}; ///< of each block's convolutions

    bool operator==(const BackboneSpec&) const = default;
    bool isPublished() const { return *this == BackboneSpec{}; }
};

/// The published widths times `width`, at least 2 each. @param width in (0, 1]
BackboneSpec scaledBackbone(double width);

inline constexpr int minInputSize = 32;
inline constexpr int maxInputSize = 512;
inline constexpr std::array<int, 5> convolutionsPerBlock{2, 2, 3, 3, 3};
inline constexpr int convolutionCount = 13;
/// Layers with an output of their own, input left out: 13 convolutions and 5 pools.
inline constexpr int baseLayerCount = 18;

/// The 19 rows, input first. @param inputSize pixels a side, 32–512
std::vector<LayerInfo> baseLayers(int inputSize, const BackboneSpec& spec = {});

/// The thirteen convolutions' Keras names in order.
const std::array<std::string, convolutionCount>& convolutionNames();
/// Their index in torchvision's vgg16().features (0, 2, 5, … 28): "features.N.weight".
const std::array<int, convolutionCount>& torchvisionIndices();
/// 0–18 in the order of baseLayers (0 is the input), or −1.
int layerIndex(std::string_view name);

/// Side of block5_pool's output.
int featureSide(int inputSize);

} // namespace thaw

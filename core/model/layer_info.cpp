#include "core/model/layer_info.h"

#include "core/base/error.h"

#include <algorithm>
#include <cmath>

namespace thaw {

namespace {

constexpr int kernelSide = 3;

void requireInputSize(int inputSize)
{
    if (inputSize < minInputSize || inputSize > maxInputSize) {
        throw Error(ErrorCode::Usage, {},
                    "the input size must be between " + std::to_string(minInputSize) + " and " +
                        std::to_string(maxInputSize) + ", is " + std::to_string(inputSize));
    }
}

LayerInfo convolution(int block, int number, int side, int inputs, int outputs)
{
    const std::int64_t weights = std::int64_t(kernelSide) * kernelSide * inputs * outputs;
    return {"block" + std::to_string(block) + "_conv" + std::to_string(number),
            LayerKind::Convolution,
            block,
            side,
            side,
            outputs,
            weights + outputs,
            weights * side * side};
}

const std::vector<std::string>& layerNames()
{
    static const std::vector<std::string> names = [] {
        std::vector<std::string> all;
        for (const LayerInfo& layer : baseLayers(minInputSize)) {
            all.push_back(layer.name);
        }
        return all;
    }();
    return names;
}

} // namespace

BackboneSpec scaledBackbone(double width)
{
    BackboneSpec spec;
    for (int& channels : spec.channels) {
        channels = std::max(2, static_cast<int>(std::lround(channels * width)));
    }
    return spec;
}

std::vector<LayerInfo> baseLayers(int inputSize, const BackboneSpec& spec)
{
    requireInputSize(inputSize);
    std::vector<LayerInfo> layers{{"input", LayerKind::Input, 0, inputSize, inputSize, 3, 0, 0}};
    layers.reserve(baseLayerCount + 1);
    int side = inputSize;
    int channels = 3;
    for (int block = 1; block <= 5; ++block) {
        const auto at = static_cast<std::size_t>(block - 1);
        for (int number = 1; number <= convolutionsPerBlock[at]; ++number) {
            layers.push_back(convolution(block, number, side, channels, spec.channels[at]));
            channels = spec.channels[at];
        }
        side /= 2;
        layers.push_back(
            {"block" + std::to_string(block) + "_pool", LayerKind::Pool, block, side, side, channels, 0, 0});
    }
    return layers;
}

const std::array<std::string, convolutionCount>& convolutionNames()
{
    static const auto names = [] {
        std::array<std::string, convolutionCount> all;
        auto next = all.begin();
        for (const LayerInfo& layer : baseLayers(minInputSize)) {
            if (layer.kind == LayerKind::Convolution) {
                *next++ = layer.name;
            }
        }
        return all;
    }();
    return names;
}

const std::array<int, convolutionCount>& torchvisionIndices()
{
    // torchvision counts each convolution, its ReLU and each pool.
    static const auto indices = [] {
        std::array<int, convolutionCount> all{};
        auto next = all.begin();
        int index = 0;
        for (const LayerInfo& layer : baseLayers(minInputSize)) {
            if (layer.kind == LayerKind::Convolution) {
                *next++ = index;
                index += 2;
            } else if (layer.kind == LayerKind::Pool) {
                ++index;
            }
        }
        return all;
    }();
    return indices;
}

int layerIndex(std::string_view name)
{
    const auto& names = layerNames();
    const auto found = std::find(names.begin(), names.end(), name);
    return found == names.end() ? -1 : static_cast<int>(found - names.begin());
}

int featureSide(int inputSize)
{
    return baseLayers(inputSize).back().height;
}

} // namespace thaw

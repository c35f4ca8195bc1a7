#include "core/export/model_graph.h"

#include "core/base/error.h"

#include <algorithm>

namespace thaw {

namespace {

TensorView headTensor(const ModelWeights& model, const std::string& name, std::vector<std::int64_t> shape)
{
    const auto found = std::find_if(model.head.begin(), model.head.end(),
                                    [&](const NamedTensor& tensor) { return tensor.name == name; });
    if (found == model.head.end() || found->shape != shape) {
        throw Error(ErrorCode::WeightsInvalid, {},
                    "the head's tensor " + name + " is missing or has another shape");
    }
    return {name, std::move(shape), found->values};
}

void addBase(const ModelWeights& model, std::vector<Operation>& operations)
{
    std::size_t convolution = 0;
    for (std::size_t block = 0; block < convolutionsPerBlock.size(); ++block) {
        for (int i = 0; i < convolutionsPerBlock[block]; ++i, ++convolution) {
            const ConvolutionWeights& layer = model.base.layers[convolution];
            const std::string file = "features." + std::to_string(torchvisionIndices()[convolution]);
            operations.push_back(
                ConvolutionOperation{convolutionNames()[convolution],
                                     {file + ".weight", {layer.outputs, layer.inputs, 3, 3}, layer.kernel},
                                     {file + ".bias", {layer.outputs}, layer.bias}});
        }
        operations.push_back(MaxPoolOperation{"block" + std::to_string(block + 1) + "_pool"});
    }
}

void addHead(const ModelWeights& model, std::vector<Operation>& operations)
{
    switch (model.headSpec.kind) {
    case HeadKind::Book:
        operations.push_back(FlattenOperation{});
        break;
    case HeadKind::Pooled:
        operations.push_back(AveragePoolOperation{});
        break;
    case HeadKind::AverageMax:
        operations.push_back(AverageMaxPoolOperation{maximumScale});
        break;
    }
    const std::vector<DenseInfo> layers = headLayers(model.headSpec);
    for (const DenseInfo& dense : layers) {
        if (dense == layers.back()) {
            operations.push_back(DropoutOperation{model.headSpec.dropout});
        }
        const std::string file = "head." + dense.name;
        operations.push_back(
            DenseOperation{dense.name, headTensor(model, file + ".weight", {dense.outputs, dense.inputs}),
                           headTensor(model, file + ".bias", {dense.outputs})});
    }
    if (model.headSpec.outputs() == 1) {
        operations.push_back(SigmoidOperation{});
    } else {
        operations.push_back(SoftmaxOperation{});
    }
}

} // namespace

ModelGraph modelGraphOf(const ModelWeights& model)
{
    ModelGraph graph{model.transform.inputSize, {PreprocessOperation{model.base.preprocessing}}};
    addBase(model, graph.operations);
    addHead(model, graph.operations);
    return graph;
}

RgbInput rgbInputOf(const ModelWeights& model)
{
    const Preprocessing& convention = model.base.preprocessing;
    const ConvolutionWeights& first = model.base.layers.front();
    RgbInput input{convention.scale, convention.mean, convention.std, first.kernel};
    if (convention.order == ChannelOrder::Bgr) {
        std::reverse(input.mean.begin(), input.mean.end());
        std::reverse(input.std.begin(), input.std.end());
        constexpr std::size_t plane = 9;
        for (std::size_t output = 0; output < static_cast<std::size_t>(first.outputs); ++output) {
            const auto red = input.firstKernel.begin() + static_cast<std::ptrdiff_t>(output * 3 * plane);
            std::swap_ranges(red, red + plane, red + 2 * plane);
        }
    }
    return input;
}

} // namespace thaw

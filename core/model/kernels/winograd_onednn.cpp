#include "core/model/kernels/winograd_onednn.h"

#include "core/model/kernels/layouts_onednn.h"

#include <algorithm>
#include <functional>
#include <unordered_map>
#include <vector>

namespace thaw {

namespace {

using dnnl::memory;
using Tag = memory::format_tag;

constexpr auto winograd = dnnl::algorithm::convolution_winograd;

memory::dims inputDims(const ConvolutionShape& shape)
{
    return {shape.images, shape.inputs, shape.height, shape.width};
}

memory::dims outputDims(const ConvolutionShape& shape)
{
    return {shape.images, shape.outputs, shape.height, shape.width};
}

memory::dims kernelDims(const ConvolutionShape& shape)
{
    return {shape.outputs, shape.inputs, 3, 3};
}

memory::desc biasLayout(const ConvolutionShape& shape)
{
    return onednn::plain({shape.outputs}, Tag::a);
}

/// What a call computes in: the transformed tiles of the pictures that it takes at once.
constexpr std::int64_t bytesForTiles = 96 << 20;

/// Its memory is the caller's: see workspace(), a thread's own.
dnnl::primitive_attr withWorkspace()
{
    dnnl::primitive_attr attributes;
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    return attributes;
}

dnnl::convolution_forward::primitive_desc forwardOf(const ConvolutionShape& shape)
{
    const dnnl::convolution_forward::desc forward(
        dnnl::prop_kind::forward_training, winograd, onednn::anyLayout(inputDims(shape)),
        onednn::anyLayout(kernelDims(shape)), biasLayout(shape), onednn::anyLayout(outputDims(shape)),
        onednn::one, onednn::one, onednn::one);
    return {forward, withWorkspace(), onednn::cpu()};
}

dnnl::convolution_backward_data::primitive_desc backwardDataOf(const ConvolutionShape& shape)
{
    const dnnl::convolution_backward_data::desc backward(
        winograd, onednn::anyLayout(inputDims(shape)), onednn::anyLayout(kernelDims(shape)),
        onednn::anyLayout(outputDims(shape)), onednn::one, onednn::one, onednn::one);
    return {backward, withWorkspace(), onednn::cpu(), forwardOf(shape)};
}

dnnl::convolution_backward_weights::primitive_desc backwardWeightsOf(const ConvolutionShape& shape)
{
    const dnnl::convolution_backward_weights::desc backward(
        winograd, onednn::anyLayout(inputDims(shape)), onednn::anyLayout(kernelDims(shape)),
        biasLayout(shape), onednn::anyLayout(outputDims(shape)), onednn::one, onednn::one, onednn::one);
    return {backward, withWorkspace(), onednn::cpu(), forwardOf(shape)};
}

using onednn::Workspace;

Workspace& workspace()
{
    thread_local Workspace kept;
    return kept;
}

/// oneDNN only writes through the pointers of what it is told to write.
memory view(const memory::dims& dims, Tag layout, const float* values)
{
    return {onednn::plain(dims, layout), onednn::cpu(), const_cast<float*>(values)};
}

/// Runs a primitive into a memory of the caller's layout.
/// @param description of the primitive; @param computed the layout it computes its result in
template <typename Primitive>
void execute(const typename Primitive::primitive_desc& description, std::unordered_map<int, memory> arguments,
             int result, const memory::desc& computed, const memory& wanted, dnnl::stream& stream)
{
    const bool fits = computed == wanted.get_desc();
    const memory target = fits ? wanted : workspace().get(Workspace::Result, computed);
    arguments.emplace(result, target);
    arguments.emplace(DNNL_ARG_SCRATCHPAD,
                      workspace().get(Workspace::Scratchpad, description.scratchpad_desc()));
    Primitive(description).execute(stream, arguments);
    stream.wait();
    if (!fits) {
        onednn::copy(target, wanted, stream);
    }
}

/// So many pictures at a time that their tiles, 36 numbers for each 16 outputs and inputs, fit in
/// bytesForTiles.
std::int64_t picturesAtOnce(const ConvolutionShape& shape)
{
    const std::int64_t each = winogradTiles(shape.height, shape.width) * 36 * (shape.inputs + shape.outputs) *
                              std::int64_t(sizeof(float));
    const std::int64_t kernel = shape.inputs * shape.outputs * 36 * std::int64_t(sizeof(float));
    return std::clamp((bytesForTiles - std::min(kernel, bytesForTiles)) / each, std::int64_t(1),
                      std::max(shape.images, std::int64_t(1)));
}

/// Calls `once` with the shape of some of the pictures, and which of them is the first, until all had their
/// turn.
template <typename Once>
void forSomePictures(const ConvolutionShape& shape, Once once)
{
    const std::int64_t step = picturesAtOnce(shape);
    for (std::int64_t first = 0; first < shape.images; first += step) {
        ConvolutionShape some = shape;
        some.images = std::min(step, shape.images - first);
        once(some, first);
    }
}

std::int64_t inputValues(const ConvolutionShape& shape)
{
    return shape.inputs * shape.height * shape.width;
}

std::int64_t outputValues(const ConvolutionShape& shape)
{
    return shape.outputs * shape.height * shape.width;
}

bool isInOnednn(const ConvolutionShape& shape)
{
    try {
        backwardDataOf(shape);
        backwardWeightsOf(shape);
        return true;
    } catch (const dnnl::error&) {
        return false;
    }
}

} // namespace

bool OnednnWinograd::isThere()
{
    return isInOnednn({1, 16, 16, 4, 4});
}

bool OnednnWinograd::fits(const ConvolutionShape& shape) const
{
    bool fits = true;
    forSomePictures(shape,
                    [&](const ConvolutionShape& some, std::int64_t) { fits = fits && isInOnednn(some); });
    return fits;
}

std::int64_t OnednnWinograd::workspaceBytes(const ConvolutionShape& shape) const
{
    ConvolutionShape some = shape;
    some.images = picturesAtOnce(shape);
    const auto backwardWeights = backwardWeightsOf(some);
    const std::size_t scratchpad = std::max({forwardOf(some).scratchpad_desc().get_size(),
                                             backwardDataOf(some).scratchpad_desc().get_size(),
                                             backwardWeights.scratchpad_desc().get_size()});
    // Arguments and result in oneDNN's order.
    const std::size_t input = backwardWeights.src_desc().get_size();
    const std::size_t output = backwardWeights.diff_dst_desc().get_size();
    const std::size_t kernel = backwardWeights.diff_weights_desc().get_size();
    return static_cast<std::int64_t>(scratchpad + input + output + std::max({input, output, kernel}) +
                                     2 * kernel);
}

void OnednnWinograd::forward(const ConvolutionShape& shape, const float* input, const float* kernel,
                             const float* bias, float* output) const
{
    dnnl::stream stream(onednn::cpu());
    forSomePictures(shape, [&](const ConvolutionShape& some, std::int64_t first) {
        const auto forward = forwardOf(some);
        const memory source =
            onednn::inLayout(view(inputDims(some), Tag::nhwc, input + first * inputValues(some)),
                             forward.src_desc(), workspace(), Workspace::Input, stream);
        execute<dnnl::convolution_forward>(
            forward,
            {{DNNL_ARG_SRC, source},
             {DNNL_ARG_WEIGHTS, onednn::kernelInLayout(kernel, forward.weights_desc(), workspace(), stream)},
             {DNNL_ARG_BIAS, view({some.outputs}, Tag::a, bias)}},
            DNNL_ARG_DST, forward.dst_desc(),
            view(outputDims(some), Tag::nhwc, output + first * outputValues(some)), stream);
    });
}

void OnednnWinograd::inputGradient(const ConvolutionShape& shape, const float* outputGradient,
                                   const float* kernel, float* inputGradient) const
{
    dnnl::stream stream(onednn::cpu());
    forSomePictures(shape, [&](const ConvolutionShape& some, std::int64_t first) {
        const auto backward = backwardDataOf(some);
        const memory gradient =
            onednn::inLayout(view(outputDims(some), Tag::nhwc, outputGradient + first * outputValues(some)),
                             backward.diff_dst_desc(), workspace(), Workspace::Gradient, stream);
        execute<dnnl::convolution_backward_data>(
            backward,
            {{DNNL_ARG_DIFF_DST, gradient},
             {DNNL_ARG_WEIGHTS,
              onednn::kernelInLayout(kernel, backward.weights_desc(), workspace(), stream)}},
            DNNL_ARG_DIFF_SRC, backward.diff_src_desc(),
            view(inputDims(some), Tag::nhwc, inputGradient + first * inputValues(some)), stream);
    });
}

void OnednnWinograd::kernelGradient(const ConvolutionShape& shape, const float* input,
                                    const float* outputGradient, float* kernelGradient,
                                    float* biasGradient) const
{
    dnnl::stream stream(onednn::cpu());
    std::vector<float> kernelSum; // of pictures after the first ones
    std::vector<float> biasSum;
    forSomePictures(shape, [&](const ConvolutionShape& some, std::int64_t first) {
        const auto backward = backwardWeightsOf(some);
        const memory source =
            onednn::inLayout(view(inputDims(some), Tag::nhwc, input + first * inputValues(some)),
                             backward.src_desc(), workspace(), Workspace::Input, stream);
        const memory gradient =
            onednn::inLayout(view(outputDims(some), Tag::nhwc, outputGradient + first * outputValues(some)),
                             backward.diff_dst_desc(), workspace(), Workspace::Gradient, stream);
        if (first > 0) {
            kernelSum.resize(static_cast<std::size_t>(some.outputs * some.inputs * 9));
            biasSum.resize(static_cast<std::size_t>(some.outputs));
        }
        float* kernelPart = first == 0 ? kernelGradient : kernelSum.data();
        float* biasPart = first == 0 ? biasGradient : biasSum.data();
        execute<dnnl::convolution_backward_weights>(
            backward,
            {{DNNL_ARG_SRC, source},
             {DNNL_ARG_DIFF_DST, gradient},
             {DNNL_ARG_DIFF_BIAS, view({some.outputs}, Tag::a, biasPart)}},
            DNNL_ARG_DIFF_WEIGHTS, backward.diff_weights_desc(),
            view(kernelDims(some), Tag::ohwi, kernelPart), stream);
        if (first > 0) {
            std::transform(kernelSum.begin(), kernelSum.end(), kernelGradient, kernelGradient, std::plus());
            std::transform(biasSum.begin(), biasSum.end(), biasGradient, biasGradient, std::plus());
        }
    });
}

} // namespace thaw

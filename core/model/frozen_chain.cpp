#include "core/model/frozen_chain.h"

#include "core/model/layouts_onednn.h"
#include "core/model/winograd.h"

#include <algorithm>
#include <cstring>
#include <optional>

namespace thaw {

namespace {

using dnnl::memory;
using Tag = memory::format_tag;

/// Enough for all speed there is: more only takes memory.
constexpr std::int64_t picturesAtOnce = 4;

memory::desc biasLayout(std::int64_t outputs)
{
    return onednn::plain({outputs}, Tag::a);
}

memory::data_type dataType(ChainType type)
{
    return type == ChainType::Bfloat16 ? memory::data_type::bf16 : memory::data_type::f32;
}

std::size_t valueBytes(ChainType type)
{
    return type == ChainType::Bfloat16 ? 2 : sizeof(float);
}

/// The first layer's three colours are too few for Winograd's transform.
bool usesWinograd(const ChainLayer& layer, ChainType type)
{
    return type == ChainType::Float32 && layer.inputs != 3;
}

dnnl::convolution_forward::primitive_desc convolutionOf(const ChainLayer& layer, const memory::desc& input,
                                                        ChainType type)
{
    const bool winograd = usesWinograd(layer, type);
    memory::dims outputs = input.dims();
    outputs[1] = layer.outputs;
    const dnnl::convolution_forward::desc forward(
        dnnl::prop_kind::forward_inference,
        winograd ? dnnl::algorithm::convolution_winograd : dnnl::algorithm::convolution_direct,
        winograd ? onednn::anyLayout(input.dims()) : input,
        onednn::anyLayout({layer.outputs, layer.inputs, 3, 3}, dataType(type)), biasLayout(layer.outputs),
        onednn::anyLayout(outputs, dataType(type)), onednn::one, onednn::one, onednn::one);
    dnnl::post_ops relu;
    relu.append_eltwise(1, dnnl::algorithm::eltwise_relu, 0, 0);
    dnnl::primitive_attr attributes;
    attributes.set_post_ops(relu);
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    return {forward, attributes, onednn::cpu()};
}

dnnl::pooling_forward::primitive_desc poolOf(const memory::desc& input)
{
    memory::dims dims = input.dims();
    dims[2] /= 2;
    dims[3] /= 2;
    const dnnl::pooling_forward::desc forward(
        dnnl::prop_kind::forward_inference, dnnl::algorithm::pooling_max, input,
        onednn::anyLayout(dims, input.data_type()), {2, 2}, {2, 2}, {0, 0}, {0, 0});
    return {forward, onednn::cpu()};
}

/// What oneDNN chose for each layer.
struct Plan
{
    struct Step
    {
        std::optional<dnnl::convolution_forward::primitive_desc> convolution;
        std::optional<dnnl::pooling_forward::primitive_desc> pool; ///< one of both
    };

    Plan(const std::vector<ChainLayer>& layers, int side, ChainType type)
        : input(onednn::plain({picturesAtOnce, 3, side, side}, Tag::nhwc, dataType(type)))
    {
        for (const ChainLayer& layer : layers) {
            Step step;
            if (layer.isPool) {
                step.pool = poolOf(inputOf(steps.size()));
            } else {
                step.convolution = convolutionOf(layer, inputOf(steps.size()), type);
            }
            steps.push_back(std::move(step));
        }
    }

    memory::desc output(std::size_t step) const
    {
        return steps[step].pool ? steps[step].pool->dst_desc() : steps[step].convolution->dst_desc();
    }
    memory::desc inputOf(std::size_t step) const { return step == 0 ? input : output(step - 1); }

    /// Of the outputs of even or odd steps, which share a buffer.
    std::size_t bufferBytes(std::size_t parity) const
    {
        std::size_t bytes = 0;
        for (std::size_t i = parity; i < steps.size(); i += 2) {
            bytes = std::max(bytes, output(i).get_size());
        }
        return bytes;
    }

    memory::desc scratchpad() const
    {
        memory::desc largest;
        for (const Step& step : steps) {
            if (step.convolution && step.convolution->scratchpad_desc().get_size() > largest.get_size()) {
                largest = step.convolution->scratchpad_desc();
            }
        }
        return largest;
    }

    /// And of the largest kernel as it was given.
    std::size_t weightBytes() const
    {
        std::size_t bytes = 0;
        std::size_t given = 0;
        for (const Step& step : steps) {
            if (step.convolution) {
                const memory::desc weights = step.convolution->weights_desc();
                bytes += weights.get_size();
                given = std::max(given, onednn::plain(weights.dims(), Tag::oihw).get_size());
            }
        }
        return bytes + given;
    }

    memory::desc input; ///< of the first step
    std::vector<Step> steps;
};

} // namespace

struct FrozenChain::Parts
{
    struct Step
    {
        dnnl::primitive primitive;
        std::optional<memory> weights;
        std::optional<memory> bias;
        std::optional<memory::desc> inputLayout; ///< where another one than the step before gives
        memory::desc outputLayout;
    };

    dnnl::stream stream{onednn::cpu()};
    ChainType type;
    memory input;             ///< float32
    memory::desc inputLayout; ///< of the first step
    std::vector<Step> steps;
    onednn::Workspace workspace;
    memory::desc scratchpadLayout;       ///< of the layer that needs the most
    std::vector<std::byte> buffers[2];   ///< outputs of odd and of even steps
    std::vector<std::byte> lastPictures; ///< a tap's, when fewer than picturesAtOnce are left

    memory inLayout(const memory& x, const memory::desc& layout)
    {
        return onednn::inLayout(x, layout, workspace, onednn::Workspace::Input, stream);
    }

    memory kernelOf(const ChainLayer& layer, const memory::desc& layout)
    {
        const memory ordered =
            onednn::kernelInLayout(layer.kernel, onednn::plain(layout.dims(), Tag::oihw), workspace, stream);
        memory kernel(layout, onednn::cpu());
        onednn::copy(ordered, kernel, stream);
        return kernel;
    }

    memory outputOf(std::size_t step) const
    {
        return {steps[step].outputLayout, onednn::cpu(), const_cast<std::byte*>(buffers[step % 2].data())};
    }

    memory runStep(std::size_t index, const memory& x)
    {
        const Step& step = steps[index];
        memory y = outputOf(index);
        std::unordered_map<int, memory> arguments{
            {DNNL_ARG_SRC, step.inputLayout ? inLayout(x, *step.inputLayout) : x}, {DNNL_ARG_DST, y}};
        if (step.weights) {
            arguments.emplace(DNNL_ARG_WEIGHTS, *step.weights);
            arguments.emplace(DNNL_ARG_BIAS, *step.bias);
            arguments.emplace(DNNL_ARG_SCRATCHPAD,
                              workspace.get(onednn::Workspace::Scratchpad, scratchpadLayout));
        }
        step.primitive.execute(stream, arguments);
        stream.wait();
        return y;
    }

    void writeTap(const memory& values, std::int64_t count, void* output)
    {
        const memory::dims dims = values.get_desc().dims();
        const std::size_t each = static_cast<std::size_t>(dims[1] * dims[2] * dims[3]) * valueBytes(type);
        const bool isWhole = count == picturesAtOnce;
        lastPictures.resize(isWhole ? 0 : each * picturesAtOnce);
        const memory target(onednn::plain(dims, Tag::nhwc, dataType(type)), onednn::cpu(),
                            isWhole ? output : lastPictures.data());
        onednn::copy(values, target, stream);
        if (!isWhole) {
            std::memcpy(output, lastPictures.data(), each * static_cast<std::size_t>(count));
        }
    }
};

FrozenChain::FrozenChain(const std::vector<ChainLayer>& layers, int side, ChainType type)
    : m_parts(std::make_unique<Parts>())
{
    const Plan plan(layers, side, type);
    Parts& parts = *m_parts;
    parts.type = type;
    parts.input = memory(onednn::plain(plan.input.dims(), Tag::nhwc), onednn::cpu());
    parts.inputLayout = plan.input;
    for (std::size_t i = 0; i < layers.size(); ++i) {
        const ChainLayer& layer = layers[i];
        Parts::Step step;
        step.outputLayout = plan.output(i);
        if (const auto& convolution = plan.steps[i].convolution) {
            step.primitive = dnnl::convolution_forward(*convolution);
            step.weights = parts.kernelOf(layer, convolution->weights_desc());
            step.bias = memory(biasLayout(layer.outputs), onednn::cpu());
            std::memcpy(step.bias->get_data_handle(), layer.bias,
                        static_cast<std::size_t>(layer.outputs) * sizeof(float));
            if (convolution->src_desc() != plan.inputOf(i)) {
                step.inputLayout = convolution->src_desc();
            }
        } else {
            step.primitive = dnnl::pooling_forward(*plan.steps[i].pool);
        }
        parts.steps.push_back(std::move(step));
    }
    parts.buffers[0].resize(plan.bufferBytes(0));
    parts.buffers[1].resize(plan.bufferBytes(1));
    parts.scratchpadLayout = plan.scratchpad();
}

FrozenChain::~FrozenChain() = default;

bool FrozenChain::fits(const std::vector<ChainLayer>& layers, int side, ChainType type)
{
    for (const ChainLayer& layer : layers) {
        if (layer.isPool) {
            side /= 2;
            continue;
        }
        if (layer.outputs % 16 != 0) {
            return false;
        }
        if (usesWinograd(layer, type) &&
            !winogradFits({picturesAtOnce, layer.inputs, layer.outputs, side, side})) {
            return false;
        }
    }
    return type == ChainType::Float32 || dnnl::get_effective_cpu_isa() >= dnnl::cpu_isa::avx512_core_bf16;
}

std::size_t FrozenChain::bytes(const std::vector<ChainLayer>& layers, int side, ChainType type)
{
    const Plan plan(layers, side, type);
    return plan.weightBytes() + plan.bufferBytes(0) + plan.bufferBytes(1) + plan.scratchpad().get_size();
}

void FrozenChain::run(const float* pictures, std::int64_t count, std::span<const int> taps,
                      std::span<void* const> outputs)
{
    Parts& parts = *m_parts;
    const std::size_t values = parts.input.get_desc().get_size() / sizeof(float);
    const std::size_t each = values / picturesAtOnce;
    auto* input = static_cast<float*>(parts.input.get_data_handle());
    for (std::int64_t first = 0; first < count; first += picturesAtOnce) {
        const std::int64_t present = std::min(picturesAtOnce, count - first);
        const std::size_t given = each * static_cast<std::size_t>(present);
        std::memcpy(input, pictures + static_cast<std::size_t>(first) * each, given * sizeof(float));
        std::fill(input + given, input + values, 0.0f);
        memory x = parts.inLayout(parts.input, parts.inputLayout);
        for (std::size_t tap = 0, step = 0; tap < taps.size(); ++tap) {
            for (; step < static_cast<std::size_t>(taps[tap]); ++step) {
                x = parts.runStep(step, x);
            }
            const memory::dims dims = x.get_desc().dims();
            const std::size_t rowBytes =
                static_cast<std::size_t>(dims[1] * dims[2] * dims[3]) * valueBytes(parts.type);
            parts.writeTap(x, present,
                           static_cast<std::byte*>(outputs[tap]) +
                               static_cast<std::size_t>(first) * rowBytes);
        }
    }
}

} // namespace thaw

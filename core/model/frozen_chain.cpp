#include "core/model/frozen_chain.h"

#include "core/model/layouts_onednn.h"
#include "core/model/winograd.h"
#include "core/model/winograd_avx2.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <exception>
#include <omp.h>
#include <optional>
#include <thread>
#include <utility>

namespace thaw {

namespace {

using dnnl::memory;
using Tag = memory::format_tag;

/// Enough for all speed there is: more only takes memory.
constexpr std::int64_t picturesAtOnce = 4;

/// More of them only take memory: beyond that each computes with several threads.
constexpr int mostLanes = 8;

/// oneDNN's threads of the calling thread, until the end of the scope. What a primitive works in depends on
/// it.
class ThreadsInUse
{
public:
    explicit ThreadsInUse(int threads) : m_before(omp_get_max_threads()) { omp_set_num_threads(threads); }
    ~ThreadsInUse() { omp_set_num_threads(m_before); }
    ThreadsInUse(const ThreadsInUse&) = delete;
    ThreadsInUse& operator=(const ThreadsInUse&) = delete;

private:
    int m_before;
};

/// How threads are shared out.
struct LaneCount
{
    explicit LaneCount(int threads)
        : threadsEach((std::max(threads, 1) + mostLanes - 1) / mostLanes)
        , lanes(std::max(threads, 1) / threadsEach)
    {
    }

    int threadsEach;
    int lanes;
};

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

/// Whether convolutions are this program's own, and not oneDNN's.
bool isOwn(ChainType type)
{
    return type == ChainType::Float32 && winogradKind() == WinogradKind::Avx2;
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
    const auto outputLayout = isOwn(type) ? Tag::nhwc : Tag::any; // our transforms read no other
    memory::dims outputs = input.dims();
    outputs[1] = layer.outputs;
    const dnnl::convolution_forward::desc forward(
        dnnl::prop_kind::forward_inference,
        winograd ? dnnl::algorithm::convolution_winograd : dnnl::algorithm::convolution_direct,
        winograd ? onednn::anyLayout(input.dims()) : input,
        onednn::anyLayout({layer.outputs, layer.inputs, 3, 3}, dataType(type)), biasLayout(layer.outputs),
        onednn::plain(outputs, outputLayout, dataType(type)), onednn::one, onednn::one, onednn::one);
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
        std::optional<dnnl::pooling_forward::primitive_desc> pool;
        std::optional<ConvolutionShape> own; ///< one of the three
    };

    Plan(const std::vector<ChainLayer>& layers, int side, ChainType type)
        : input(onednn::plain({picturesAtOnce, 3, side, side}, Tag::nhwc, dataType(type)))
    {
        for (const ChainLayer& layer : layers) {
            Step step;
            if (layer.isPool) {
                step.pool = poolOf(inputOf(steps.size()));
            } else if (isOwn(type) && usesWinograd(layer, type)) {
                const memory::dims dims = inputOf(steps.size()).dims();
                step.own = ConvolutionShape{dims[0], layer.inputs, layer.outputs, dims[2], dims[3]};
            } else {
                step.convolution = convolutionOf(layer, inputOf(steps.size()), type);
            }
            steps.push_back(std::move(step));
        }
    }

    memory::desc output(std::size_t step) const
    {
        if (const auto& own = steps[step].own) {
            return onednn::plain({own->images, own->outputs, own->height, own->width}, Tag::nhwc);
        }
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

    /// Of what our own convolutions work in, in one lane.
    std::size_t ownBytes(int threads) const
    {
        std::int64_t bytes = 0;
        for (const Step& step : steps) {
            bytes = std::max(bytes, step.own ? avx2::frozenBytes(*step.own, threads) : 0);
        }
        return static_cast<std::size_t>(bytes);
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
            } else if (step.own) {
                bytes += static_cast<std::size_t>(avx2::transformedFloats(*step.own)) * sizeof(float);
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
        std::optional<ConvolutionShape> own; ///< in place of the primitive
        avx2::Buffer ownKernel;
        std::optional<memory> weights;
        std::optional<memory> bias;
        std::optional<memory::desc> inputLayout; ///< where another one than the step before gives
        memory::desc outputLayout;
    };

    /// What one of the threads that share a batch computes in.
    struct Lane
    {
        dnnl::stream stream{onednn::cpu()};
        memory input; ///< float32
        onednn::Workspace workspace;
        std::vector<std::byte> buffers[2]; ///< outputs of odd and of even steps
        avx2::Buffer ownWorkspace;
        std::vector<std::byte> lastPictures; ///< a tap's, when fewer than picturesAtOnce are left
        std::exception_ptr failure;
    };

    /// What run() was asked for.
    struct Task
    {
        const float* pictures;
        std::int64_t count;
        std::span<const int> taps;
        std::span<void* const> outputs;
        std::atomic<std::int64_t> next = 0; ///< first picture that no lane has taken
    };

    ChainType type;
    int threadsEach = 1;
    memory::desc inputLayout; ///< of the first step
    std::vector<Step> steps;
    memory::desc scratchpadLayout; ///< of the layer that needs the most
    std::vector<Lane> lanes;

    static memory kernelOf(const ChainLayer& layer, const memory::desc& layout, Lane& lane)
    {
        const memory ordered = onednn::kernelInLayout(layer.kernel, onednn::plain(layout.dims(), Tag::oihw),
                                                      lane.workspace, lane.stream);
        memory kernel(layout, onednn::cpu());
        onednn::copy(ordered, kernel, lane.stream);
        return kernel;
    }

    static memory biasOf(const ChainLayer& layer)
    {
        memory bias(biasLayout(layer.outputs), onednn::cpu());
        std::memcpy(bias.get_data_handle(), layer.bias,
                    static_cast<std::size_t>(layer.outputs) * sizeof(float));
        return bias;
    }

    memory runStep(std::size_t index, const memory& x, Lane& lane) const
    {
        const Step& step = steps[index];
        memory y(step.outputLayout, onednn::cpu(), lane.buffers[index % 2].data());
        if (step.own) {
            avx2::forwardFrozen(*step.own, static_cast<const float*>(x.get_data_handle()),
                                step.ownKernel.values(),
                                static_cast<const float*>(step.bias->get_data_handle()),
                                static_cast<float*>(y.get_data_handle()), lane.ownWorkspace, threadsEach);
            return y;
        }
        std::unordered_map<int, memory> arguments{
            {DNNL_ARG_SRC, step.inputLayout ? onednn::inLayout(x, *step.inputLayout, lane.workspace,
                                                               onednn::Workspace::Input, lane.stream)
                                            : x},
            {DNNL_ARG_DST, y}};
        if (step.weights) {
            arguments.emplace(DNNL_ARG_WEIGHTS, *step.weights);
            arguments.emplace(DNNL_ARG_BIAS, *step.bias);
            arguments.emplace(DNNL_ARG_SCRATCHPAD,
                              lane.workspace.get(onednn::Workspace::Scratchpad, scratchpadLayout));
        }
        step.primitive.execute(lane.stream, arguments);
        lane.stream.wait();
        return y;
    }

    void writeTap(const memory& values, std::int64_t count, void* output, Lane& lane) const
    {
        const memory::dims dims = values.get_desc().dims();
        const std::size_t each = static_cast<std::size_t>(dims[1] * dims[2] * dims[3]) * valueBytes(type);
        const bool isWhole = count == picturesAtOnce;
        lane.lastPictures.resize(isWhole ? 0 : each * picturesAtOnce);
        const memory target(onednn::plain(dims, Tag::nhwc, dataType(type)), onednn::cpu(),
                            isWhole ? output : lane.lastPictures.data());
        onednn::copy(values, target, lane.stream);
        if (!isWhole) {
            std::memcpy(output, lane.lastPictures.data(), each * static_cast<std::size_t>(count));
        }
    }

    void runPictures(const Task& task, std::int64_t first, Lane& lane) const
    {
        const std::size_t values = lane.input.get_desc().get_size() / sizeof(float);
        const std::size_t each = values / picturesAtOnce;
        auto* input = static_cast<float*>(lane.input.get_data_handle());
        const std::int64_t present = std::min(picturesAtOnce, task.count - first);
        const std::size_t given = each * static_cast<std::size_t>(present);
        std::memcpy(input, task.pictures + static_cast<std::size_t>(first) * each, given * sizeof(float));
        std::fill(input + given, input + values, 0.0f);
        memory x =
            onednn::inLayout(lane.input, inputLayout, lane.workspace, onednn::Workspace::Input, lane.stream);
        for (std::size_t tap = 0, step = 0; tap < task.taps.size(); ++tap) {
            for (; step < static_cast<std::size_t>(task.taps[tap]); ++step) {
                x = runStep(step, x, lane);
            }
            const memory::dims dims = x.get_desc().dims();
            const std::size_t rowBytes =
                static_cast<std::size_t>(dims[1] * dims[2] * dims[3]) * valueBytes(type);
            writeTap(x, present,
                     static_cast<std::byte*>(task.outputs[tap]) + static_cast<std::size_t>(first) * rowBytes,
                     lane);
        }
    }

    void runLane(Task& task, Lane& lane) const
    {
        const ThreadsInUse threads(threadsEach);
        lane.failure = nullptr;
        try {
            for (std::int64_t first; (first = task.next.fetch_add(picturesAtOnce)) < task.count;) {
                runPictures(task, first, lane);
            }
        } catch (...) {
            lane.failure = std::current_exception();
        }
    }
};

FrozenChain::FrozenChain(const std::vector<ChainLayer>& layers, int side, ChainType type, int threads)
    : m_parts(std::make_unique<Parts>())
{
    const LaneCount shares(threads);
    const ThreadsInUse inUse(shares.threadsEach);
    const Plan plan(layers, side, type);
    Parts& parts = *m_parts;
    parts.type = type;
    parts.threadsEach = shares.threadsEach;
    parts.inputLayout = plan.input;
    parts.scratchpadLayout = plan.scratchpad();
    for (int i = 0; i < shares.lanes; ++i) {
        Parts::Lane& lane = parts.lanes.emplace_back();
        lane.input = memory(onednn::plain(plan.input.dims(), Tag::nhwc), onednn::cpu());
        lane.buffers[0].resize(plan.bufferBytes(0));
        lane.buffers[1].resize(plan.bufferBytes(1));
    }
    for (std::size_t i = 0; i < layers.size(); ++i) {
        const ChainLayer& layer = layers[i];
        Parts::Step step;
        step.outputLayout = plan.output(i);
        if (const auto& convolution = plan.steps[i].convolution) {
            step.primitive = dnnl::convolution_forward(*convolution);
            step.weights = Parts::kernelOf(layer, convolution->weights_desc(), parts.lanes.front());
            step.bias = Parts::biasOf(layer);
            if (convolution->src_desc() != plan.inputOf(i)) {
                step.inputLayout = convolution->src_desc();
            }
        } else if ((step.own = plan.steps[i].own)) {
            avx2::transformKernel(*step.own, layer.kernel,
                                  step.ownKernel.atLeast(avx2::transformedFloats(*step.own)), threads);
            step.bias = Parts::biasOf(layer);
        } else {
            step.primitive = dnnl::pooling_forward(*plan.steps[i].pool);
        }
        parts.steps.push_back(std::move(step));
    }
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

std::size_t FrozenChain::bytes(const std::vector<ChainLayer>& layers, int side, ChainType type, int threads)
{
    const LaneCount shares(threads);
    const ThreadsInUse inUse(shares.threadsEach);
    const Plan plan(layers, side, type);
    return plan.weightBytes() + static_cast<std::size_t>(shares.lanes) *
                                    (plan.bufferBytes(0) + plan.bufferBytes(1) +
                                     plan.scratchpad().get_size() + plan.ownBytes(shares.threadsEach));
}

void FrozenChain::run(const float* pictures, std::int64_t count, std::span<const int> taps,
                      std::span<void* const> outputs)
{
    Parts& parts = *m_parts;
    Parts::Task task{pictures, count, taps, outputs};
    {
        std::vector<std::jthread> others;
        const auto groups = static_cast<std::size_t>((count + picturesAtOnce - 1) / picturesAtOnce);
        for (std::size_t i = 1; i < std::min(parts.lanes.size(), groups); ++i) {
            others.emplace_back([&, i] { parts.runLane(task, parts.lanes[i]); });
        }
        parts.runLane(task, parts.lanes.front());
    }
    for (Parts::Lane& lane : parts.lanes) {
        if (lane.failure) {
            std::rethrow_exception(std::exchange(lane.failure, nullptr));
        }
    }
}

} // namespace thaw

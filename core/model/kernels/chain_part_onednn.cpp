#include "core/model/kernels/chain_part_onednn.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <omp.h>
#include <thread>
#include <utility>

namespace thaw {

namespace {

using dnnl::memory;
using Tag = memory::format_tag;

/// OpenMP's threads of the calling thread, until the end of the scope.
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

/// Numbers in one of the pictures that lie so.
std::size_t valuesEach(const memory::desc& layout)
{
    const memory::dims dims = layout.dims();
    return static_cast<std::size_t>(dims[1] * dims[2] * dims[3]);
}

} // namespace

/// What run() was asked for.
struct ChainPart::Task
{
    const float* pictures;
    std::int64_t count;
    std::span<const int> taps;
    std::span<void* const> outputs;
    std::atomic<std::int64_t> next = 0; ///< first picture that no lane has taken
};

ChainPart::ChainPart(std::span<const ChainLayer> layers, const ChainPartShape& shape, ChainType type)
    : m_shape(shape)
    , m_type(type)
    , m_inputLayout(onednn::plain({shape.pictures, shape.input.channels, shape.input.side, shape.input.side},
                                  Tag::nhwc, dataType(type)))
{
    const ThreadsInUse threads(shape.threadsEach);
    memory::desc layout = m_inputLayout;
    for (const ChainLayer& layer : layers) {
        m_steps.push_back(makeStep(layer, layout, type, shape.threadsEach));
        layout = m_steps.back()->outputLayout();
    }
}

/// Steps of the same parity share a buffer.
std::size_t ChainPart::bufferBytes(std::size_t parity) const
{
    std::size_t bytes = 0;
    for (std::size_t i = parity; i < m_steps.size(); i += 2) {
        bytes = std::max(bytes, m_steps[i]->outputLayout().get_size());
    }
    return bytes;
}

std::size_t ChainPart::valueBytes() const
{
    return memory::data_type_size(dataType(m_type));
}

std::size_t ChainPart::bytes() const
{
    std::size_t held = 0;
    std::size_t loading = 0;
    std::size_t working = 0;
    for (const auto& step : m_steps) {
        held += step->heldBytes();
        loading = std::max(loading, step->loadingBytes());
        working = std::max(working, step->workspaceBytes());
    }
    const std::size_t input = static_cast<std::size_t>(m_shape.input.values()) *
                              static_cast<std::size_t>(m_shape.pictures) * sizeof(float);
    const std::size_t lane = input + bufferBytes(0) + bufferBytes(1) + working;
    return held + loading + static_cast<std::size_t>(m_shape.lanes) * lane;
}

void ChainPart::load(std::span<const ChainLayer> layers)
{
    const ThreadsInUse threads(m_shape.threadsEach);
    for (int i = 0; i < m_shape.lanes; ++i) {
        Lane& lane = m_lanes.emplace_back();
        lane.input = memory(onednn::plain(m_inputLayout.dims(), Tag::nhwc), onednn::cpu());
        lane.buffers[0].resize(bufferBytes(0));
        lane.buffers[1].resize(bufferBytes(1));
    }
    for (std::size_t i = 0; i < layers.size(); ++i) {
        m_steps[i]->load(layers[i], m_lanes.front().workspace);
    }
}

void ChainPart::run(const float* pictures, std::int64_t count, std::span<const int> taps,
                    std::span<void* const> outputs)
{
    Task task{pictures, count, taps, outputs};
    {
        std::vector<std::jthread> others;
        const auto groups = static_cast<std::size_t>((count + m_shape.pictures - 1) / m_shape.pictures);
        for (std::size_t i = 1; i < std::min(m_lanes.size(), groups); ++i) {
            others.emplace_back([&, i] { runLane(task, m_lanes[i]); });
        }
        runLane(task, m_lanes.front());
    }
    for (Lane& lane : m_lanes) {
        if (lane.failure) {
            std::rethrow_exception(std::exchange(lane.failure, nullptr));
        }
    }
}

void ChainPart::runLane(Task& task, Lane& lane) const
{
    const ThreadsInUse threads(m_shape.threadsEach);
    lane.failure = nullptr;
    try {
        for (std::int64_t first; (first = task.next.fetch_add(m_shape.pictures)) < task.count;) {
            runPictures(task, first, lane);
        }
    } catch (...) {
        lane.failure = std::current_exception();
    }
}

void ChainPart::runPictures(const Task& task, std::int64_t first, Lane& lane) const
{
    const std::size_t each = static_cast<std::size_t>(m_shape.input.values());
    auto* input = static_cast<float*>(lane.input.get_data_handle());
    const std::int64_t present = std::min(m_shape.pictures, task.count - first);
    const std::size_t given = each * static_cast<std::size_t>(present);
    std::memcpy(input, task.pictures + static_cast<std::size_t>(first) * each, given * sizeof(float));
    std::fill(input + given, input + each * static_cast<std::size_t>(m_shape.pictures), 0.0f);
    memory x = onednn::inLayout(lane.input, m_inputLayout, lane.workspace.layouts, onednn::Workspace::Input,
                                lane.workspace.stream);
    for (std::size_t tap = 0, step = 0; tap < task.taps.size(); ++tap) {
        for (; step < static_cast<std::size_t>(task.taps[tap]); ++step) {
            const memory y(m_steps[step]->outputLayout(), onednn::cpu(), lane.buffers[step % 2].data());
            m_steps[step]->run(x, y, lane.workspace);
            x = y;
        }
        const std::size_t rowBytes = valuesEach(x.get_desc()) * valueBytes();
        writeTap(x, present,
                 static_cast<std::byte*>(task.outputs[tap]) + static_cast<std::size_t>(first) * rowBytes,
                 lane);
    }
}

void ChainPart::writeTap(const memory& values, std::int64_t count, void* output, Lane& lane) const
{
    const std::size_t each = valuesEach(values.get_desc()) * valueBytes();
    const bool isWhole = count == m_shape.pictures;
    lane.lastPictures.resize(isWhole ? 0 : each * static_cast<std::size_t>(m_shape.pictures));
    const memory target(onednn::plain(values.get_desc().dims(), Tag::nhwc, dataType(m_type)), onednn::cpu(),
                        isWhole ? output : lane.lastPictures.data());
    onednn::copy(values, target, lane.workspace.stream);
    if (!isWhole) {
        std::memcpy(output, lane.lastPictures.data(), each * static_cast<std::size_t>(count));
    }
}

} // namespace thaw

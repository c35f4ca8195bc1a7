#include "core/train/cost/run_time.h"

#include "core/compute/compute_device.h"
#include "core/compute/precision_torch.h"
#include "core/model/kernels/convolution_torch.h"
#include "core/model/kernels/frozen_chain.h"
#include "core/train/cost/best_time.h"
#include "core/train/cost/progress_meter.h"
#include "core/train/optimizer/keras_rmsprop_torch.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

namespace thaw {

namespace {

constexpr double measuredFor = 0.3; ///< seconds, each: the quickest of many calls, should the machine be busy

/// A convolution's input: images of side × side with as many channels as it gives.
struct Shape
{
    std::int64_t images;
    std::int64_t channels;
    std::int64_t side;

    double multiplyAdds() const
    {
        return static_cast<double>(images * side * side) * static_cast<double>(channels * channels * 9);
    }
};

// What a whole run reaches of the speeds measured here, by `thaw-cli bench` and runs of known length: what is
// lost is reading pictures, the first layers, the head and moving features.
constexpr double frozenShare = 0.9;
constexpr double trainedShare = 0.8;
constexpr double updateShare = 0.2;

class SpeedMeter
{
public:
    SpeedMeter(const Recipe& recipe, const std::stop_token& stop)
        : m_info(resolveDevice(recipe.device))
        , m_device(m_info.id)
        , m_frozen(scalarTypeOf(resolvePrecision(recipe.precision, m_info)))
        , m_trained(scalarTypeOf(resolvePrecision(recipe.trainedPrecision, m_info)))
        , m_batchSize(recipe.batchSize)
        , m_stop(stop)
    {
        setDeviceRules();
    }

    ComputeSpeed measure() const
    {
        return {frozenShare * frozen(), trainedShare * trained(), updateShare * updates()};
    }

private:
    at::Tensor values(at::IntArrayRef shape, at::ScalarType type) const
    {
        const at::Tensor random = at::rand(shape).to(m_device, type);
        return random.dim() == 4 ? random.contiguous(at::MemoryFormat::ChannelsLast) : random;
    }

    template <typename Once>
    double rate(double work, Once once) const
    {
        const double seconds = bestTime(measuredFor, m_stop, once);
        return std::isfinite(seconds) ? work / seconds : 0;
    }

    double frozen() const
    {
        const at::NoGradGuard guard;
        const Shape shape{8, 256, 45};
        const at::Tensor kernel = values({shape.channels, shape.channels, 3, 3}, at::kFloat);
        const at::Tensor bias = values({shape.channels}, at::kFloat);
        const ChainType type = m_frozen == at::kFloat ? ChainType::Float32 : ChainType::Bfloat16;
        const auto layerFrom = [&](std::int64_t inputs) {
            return ChainLayer{false, inputs, shape.channels, kernel.data_ptr<float>(),
                              bias.data_ptr<float>()};
        };
        // A chain begins with colours: hardly any work, and not counted.
        constexpr std::size_t counted = 4;
        std::vector<ChainLayer> layers(1 + counted, layerFrom(shape.channels));
        layers.front() = layerFrom(3);
        const auto mapSide = static_cast<int>(shape.side);
        if (m_device.is_cpu() && m_frozen != at::kHalf && FrozenChain::fits(layers, mapSide, type)) {
            FrozenChain chain(layers, mapSide, type, at::get_num_threads());
            const at::Tensor x = values({shape.images, 3, shape.side, shape.side}, at::kFloat);
            const at::Tensor y = at::empty({shape.images, shape.channels, shape.side, shape.side},
                                           x.options().dtype(m_frozen));
            const int tap = static_cast<int>(layers.size());
            void* const output = y.data_ptr();
            return rate(counted * shape.multiplyAdds(), [&] {
                chain.run(x.data_ptr<float>(), shape.images, std::span(&tap, 1), std::span(&output, 1));
            });
        }
        const at::Tensor x = values({shape.images, shape.channels, shape.side, shape.side}, m_frozen);
        const at::Tensor typedKernel = kernel.to(m_frozen);
        const at::Tensor typedBias = bias.to(m_frozen);
        return rate(shape.multiplyAdds(), [&] { waitFor(convolve(x, typedKernel, typedBias)); });
    }

    double trained() const
    {
        const Shape shape{std::min(m_batchSize, 32), 512, 11};
        const at::Tensor x =
            values({shape.images, shape.channels, shape.side, shape.side}, m_trained).requires_grad_();
        const at::Tensor kernel = values({shape.channels, shape.channels, 3, 3}, at::kFloat).requires_grad_();
        const at::Tensor bias = values({shape.channels}, at::kFloat).requires_grad_();
        return rate(3 * shape.multiplyAdds(), [&] {
            convolve(x, kernel.to(m_trained), bias.to(m_trained)).sum().backward();
            waitFor(kernel.grad());
        });
    }

    double updates() const
    {
        const std::int64_t count = 2 << 20;
        const at::Tensor gradient = values({count}, at::kFloat);
        const NamedParameter weights{"weights", values({count}, at::kFloat).requires_grad_()};
        KerasRmsprop optimizer({weights}, 1e-6);
        return rate(static_cast<double>(count), [&] {
            weights.tensor.mutable_grad() = gradient;
            optimizer.step();
            waitFor(weights.tensor);
        });
    }

    /// A number asked for is a result waited for, on any device.
    static void waitFor(const at::Tensor& result) { result.flatten()[0].item<float>(); }

    DeviceInfo m_info;
    c10::Device m_device;
    at::ScalarType m_frozen;
    at::ScalarType m_trained;
    int m_batchSize;
    std::stop_token m_stop;
};

} // namespace

ComputeSpeed measureSpeed(const Recipe& recipe, const std::stop_token& stop)
{
    return SpeedMeter(recipe, stop).measure();
}

double estimateRunSeconds(const RunPlan& plan, const ComputeSpeed& speed)
{
    return speed.isKnown() ? ProgressMeter(plan, speed).totalSeconds() : 0;
}

} // namespace thaw

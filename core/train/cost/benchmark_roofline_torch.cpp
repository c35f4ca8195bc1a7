#include "core/train/cost/benchmark_roofline_torch.h"

#include "core/compute/compute_device.h"
#include "core/model/kernels/dense_torch.h"
#include "core/train/cost/best_time.h"
#include "core/train/loop/train_step_torch.h"

#include <string>
#include <vector>

namespace thaw {

namespace {

constexpr int side = 180;
constexpr double secondsEach = 2;

double billions(double multiplyAdds, double seconds)
{
    return 2e-9 * multiplyAdds / seconds;
}

double productSpeed(at::ScalarType type, const std::stop_token& stop)
{
    constexpr std::int64_t n = 2048;
    const at::Tensor a = at::rand({n, n}).to(type);
    const at::Tensor b = at::rand({n, n}).to(type);
    const at::Tensor nothing = at::zeros({n}).to(type);
    return billions(double(n) * n * n, bestTime(secondsEach, stop, [&] { dense(a, b, nothing); }));
}

struct Block
{
    int first = 0; ///< its first layer
    int pool = 0;
    double multiplyAdds = 0; ///< forward, one picture
};

std::vector<Block> blocksOf(const std::vector<LayerInfo>& layers)
{
    std::vector<Block> blocks;
    Block block{1, 0, 0};
    for (int layer = 1; layer <= baseLayerCount; ++layer) {
        const LayerInfo& info = layers[static_cast<std::size_t>(layer)];
        block.multiplyAdds += static_cast<double>(info.multiplyAdds);
        if (info.kind == LayerKind::Pool) {
            block.pool = layer;
            blocks.push_back(block);
            block = {layer + 1, 0, 0};
        }
    }
    return blocks;
}

} // namespace

void measureRoofline(const Network& network, at::ScalarType type, int batch,
                     const std::function<void(const BenchmarkFigure&)>& measured, const std::stop_token& stop)
{
    const auto add = [&](const std::string& name, double value, const std::string& explanation) {
        if (!stop.stop_requested()) {
            measured({name, value, "GFLOP/s", explanation});
        }
    };
    add("peak.float32", productSpeed(at::kFloat, stop), "a matrix product, 2,048 each way");
    if (availableDevices().front().bfloat16 != Bfloat16Support::None) {
        add("peak.bfloat16", productSpeed(at::kBFloat16, stop), "the same in bfloat16");
    }

    const std::vector<LayerInfo> layers = baseLayers(side);
    const std::vector<Block> blocks = blocksOf(layers);
    const auto inputOf = [&](const Block& block) {
        const LayerInfo& before = layers[static_cast<std::size_t>(block.first) - 1];
        return at::rand({batch, before.channels, before.height, before.width})
            .to(type)
            .contiguous(at::MemoryFormat::ChannelsLast);
    };
    const at::Tensor pictures = inputOf(blocks.front()).to(at::kFloat);
    double before = 0;
    for (std::size_t i = 0; i < blocks.size() && !stop.stop_requested(); ++i) {
        // As frozen layers are computed: blocks 1 to i, less blocks 1 to i − 1.
        const FrozenPrefix prefix(network, blocks[i].pool + 1, type);
        const double seconds = bestTime(secondsEach, stop, [&] { prefix.forward(pictures); });
        add("block." + std::to_string(i + 1), billions(batch * blocks[i].multiplyAdds, seconds - before),
            "frozen, " + std::to_string(blocks[i].pool - blocks[i].first) + " convolutions and the pool");
        before = seconds;
    }

    const Block& last = blocks.back();
    const std::vector<NamedParameter> trained =
        applyFreezePlan(network, FreezePlan::unfreezeLast(last.pool - last.first + 1));
    const at::Tensor input = inputOf(last);
    const double seconds = bestTime(secondsEach, stop, [&] {
        network.forwardBase(input, last.first, last.pool, type).sum().backward();
        for (const NamedParameter& parameter : trained) {
            at::Tensor(parameter.tensor).mutable_grad() = at::Tensor();
        }
    });
    // Each convolution has a gradient for its weights, and all but the first one for its input.
    const double first = static_cast<double>(layers[static_cast<std::size_t>(last.first)].multiplyAdds);
    add("block.5_training", billions(batch * (3 * last.multiplyAdds - first), seconds),
        "forward and backward, weights in float32");
}

} // namespace thaw

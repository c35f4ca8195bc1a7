#include "core/model/inference_torch.h"

#include <algorithm>
#include <thread>

namespace thaw {

std::vector<at::Tensor> inParts(std::int64_t count, PartSize& parts, const RowsOf& compute)
{
    std::vector<at::Tensor> results;
    parts.run(count, [&](std::int64_t part) {
        std::vector<std::vector<at::Tensor>> pieces;
        for (std::int64_t first = 0; first < count; first += part) {
            const std::vector<at::Tensor> outputs = compute(first, std::min(part, count - first));
            pieces.resize(outputs.size());
            for (std::size_t i = 0; i < outputs.size(); ++i) {
                pieces[i].push_back(outputs[i]);
            }
        }
        results.clear();
        for (const std::vector<at::Tensor>& each : pieces) {
            results.push_back(each.size() == 1 ? each.front() : at::cat(each));
        }
    });
    return results;
}

bool forEachLogits(const Network& network, const FrozenPrefix& prefix, const std::vector<LoadItem>& items,
                   const BatchLoaderOptions& options, PartSize& parts, const LogitsCallback& each,
                   const std::stop_token& stop, double* waitedSeconds)
{
    const at::NoGradGuard guard;
    BatchLoader loader(items, options);
    while (auto batch = loader.next(stop)) {
        at::Tensor logits;
        if (batch->size() > 0) {
            const BatchInputs inputs(*batch, options.transform.inputSize, network);
            const auto logitsOf = [&](std::int64_t first, std::int64_t count) {
                const at::Tensor features = prefix.forward(inputs.part(first, count));
                return std::vector{logitsFromFeatures(network, prefix.boundary(), features)};
            };
            logits = inParts(inputs.size(), parts, logitsOf).front();
        } else {
            logits = at::empty({0, network.headSpec().outputs()});
        }
        each(*batch, logits);
    }
    if (waitedSeconds) {
        *waitedSeconds += loader.waitedSeconds();
    }
    return !stop.stop_requested();
}

at::Tensor logitsFromFeatures(const Network& network, int boundary, const at::Tensor& features)
{
    const at::NoGradGuard guard;
    const at::Tensor x = toDevice(features, network.device()).to(at::kFloat);
    return network.forwardHead(network.forwardBase(x, boundary, baseLayerCount)).to(at::kCPU);
}

BatchLoaderOptions inferenceLoader(const Network& network, const TransformSpec& transform, int batchSize)
{
    BatchLoaderOptions options;
    options.transform = transform;
    options.preprocessing = network.preprocessing();
    options.batchSize = batchSize;
    // A device warps a batch sooner than the processor a picture of it. What goes there are the floats that
    // resizing gave, not bytes: rounding them would cost up to half a grey level, and sending four times as
    // much is still little beside what the network computes of it.
    options.leaveVariation = !network.device().is_cpu();
    const auto cores = static_cast<int>(std::thread::hardware_concurrency());
    options.threads = network.device().is_cpu() ? std::clamp(cores / 2, 1, 8) : std::clamp(cores - 1, 1, 32);
    return options;
}

} // namespace thaw

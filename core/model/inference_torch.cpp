#include "core/model/inference_torch.h"

#include <algorithm>

namespace thaw {

std::vector<at::Tensor> inParts(const at::Tensor& x, PartSize& parts,
                                const std::function<std::vector<at::Tensor>(const at::Tensor&)>& compute)
{
    std::vector<at::Tensor> results;
    const std::int64_t size = x.size(0);
    parts.run(size, [&](std::int64_t part) {
        std::vector<std::vector<at::Tensor>> pieces;
        for (std::int64_t first = 0; first < size; first += part) {
            const std::vector<at::Tensor> outputs = compute(x.narrow(0, first, std::min(part, size - first)));
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
                   const std::stop_token& stop)
{
    const at::NoGradGuard guard;
    BatchLoader loader(items, options);
    while (auto batch = loader.next(stop)) {
        at::Tensor logits;
        if (batch->size() > 0) {
            const auto inputs = inputTensor(batch->inputs, static_cast<std::int64_t>(batch->size()),
                                            options.transform.inputSize, c10::Device(at::kCPU));
            logits = inParts(inputs, parts, [&](const at::Tensor& part) {
                         const at::Tensor features = prefix.forward(part.to(network.device()));
                         return std::vector{logitsFromFeatures(network, prefix.boundary(), features)};
                     }).front();
        } else {
            logits = at::empty({0, network.headSpec().outputs()});
        }
        each(*batch, logits);
    }
    return !stop.stop_requested();
}

at::Tensor logitsFromFeatures(const Network& network, int boundary, const at::Tensor& features)
{
    const at::NoGradGuard guard;
    const at::Tensor x = features.to(network.device(), at::kFloat);
    return network.forwardHead(network.forwardBase(x, boundary, baseLayerCount)).to(at::kCPU);
}

BatchLoaderOptions inferenceLoader(const Network& network, const TransformSpec& transform, int batchSize)
{
    BatchLoaderOptions options;
    options.transform = transform;
    options.preprocessing = network.preprocessing();
    options.batchSize = batchSize;
    return options;
}

} // namespace thaw

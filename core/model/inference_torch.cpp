#include "core/model/inference_torch.h"

namespace thaw {

bool forEachLogits(const Network& network, const FrozenPrefix& prefix, const std::vector<LoadItem>& items,
                   const BatchLoaderOptions& options, const LogitsCallback& each, const std::stop_token& stop)
{
    const at::NoGradGuard guard;
    BatchLoader loader(items, options);
    while (auto batch = loader.next(stop)) {
        at::Tensor logits;
        if (batch->size() > 0) {
            const auto inputs = inputTensor(batch->inputs, static_cast<std::int64_t>(batch->size()),
                                            options.transform.inputSize, network.device());
            logits = logitsFromFeatures(network, prefix.boundary(), prefix.forward(inputs));
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

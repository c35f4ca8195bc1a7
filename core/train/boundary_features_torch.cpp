#include "core/train/boundary_features_torch.h"

#include <utility>

namespace thaw {

BoundaryFeatures::BoundaryFeatures(std::vector<LoadItem> items, const BatchLoaderOptions& options,
                                   std::vector<int> taps)
    : m_items(std::move(items)), m_options(options), m_taps(std::move(taps))
{
}

std::uint64_t BoundaryFeatures::estimateBytes(const std::vector<int>& taps, std::size_t images, int inputSize,
                                              const BackboneSpec& backbone, at::ScalarType type)
{
    const std::vector<LayerInfo> layers = baseLayers(inputSize, backbone);
    std::uint64_t values = 0;
    for (int tap : taps) {
        const LayerInfo& before = layers[static_cast<std::size_t>(tap) - 1];
        values += static_cast<std::uint64_t>(before.height) * before.width * before.channels;
    }
    return values * images * c10::elementSize(type);
}

bool BoundaryFeatures::compute(const Network& network, const FrozenPrefix& prefix,
                               const std::function<void()>& batchDone, const std::stop_token& stop)
{
    m_batches.clear();
    m_features.clear();
    BatchLoader loader(m_items, m_options);
    while (auto batch = loader.next(stop)) {
        if (batch->size() > 0) {
            const auto inputs = inputTensor(batch->inputs, static_cast<std::int64_t>(batch->size()),
                                            m_options.transform.inputSize, network.device());
            const std::vector<at::Tensor> outputs = prefix.forwardTaps(inputs, m_taps);
            for (std::size_t i = 0; i < m_taps.size(); ++i) {
                m_features[m_taps[i]].push_back(outputs[i].to(at::kCPU));
            }
            batch->inputs = {};
            m_batches.push_back(std::move(*batch));
        }
        batchDone();
    }
    if (stop.stop_requested()) {
        m_features.clear();
        return false;
    }
    return true;
}

bool BoundaryFeatures::forEachLogits(const Network& network, int boundary, const LogitsCallback& each,
                                     const std::stop_token& stop) const
{
    const std::vector<at::Tensor>& features = m_features.at(boundary);
    for (std::size_t i = 0; i < features.size() && !stop.stop_requested(); ++i) {
        each(m_batches[i], logitsFromFeatures(network, boundary, features[i]));
    }
    return !stop.stop_requested();
}

} // namespace thaw

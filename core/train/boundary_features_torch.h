#pragma once

// Internal to core: needs LibTorch.

#include "core/model/inference_torch.h"

#include <functional>
#include <map>
#include <stop_token>
#include <vector>

namespace thaw {

/// What frozen layers give for pictures that are never augmented (validation), computed once and kept in
/// memory in the type computed, at one or more freeze boundaries from one pass.
class BoundaryFeatures
{
public:
    /// @param taps ascending layer numbers, the last one at most the prefix's boundary
    BoundaryFeatures(std::vector<LoadItem> items, const BatchLoaderOptions& options, std::vector<int> taps);

    /// Bytes that the features of `images` pictures would take.
    static std::uint64_t estimateBytes(const std::vector<int>& taps, std::size_t images, int inputSize,
                                       const BackboneSpec& backbone, at::ScalarType type);

    /// @param batchDone called after each batch
    /// @return false when stopped
    bool compute(const Network& network, const FrozenPrefix& prefix, const std::function<void()>& batchDone,
                 const std::stop_token& stop);

    bool has(int boundary) const { return m_features.contains(boundary); }
    /// Each batch's logits from the features at `boundary`. @return false when stopped
    bool forEachLogits(const Network& network, int boundary, const LogitsCallback& each,
                       const std::stop_token& stop) const;

private:
    std::vector<LoadItem> m_items;
    BatchLoaderOptions m_options;
    std::vector<int> m_taps;
    std::vector<Batch> m_batches; ///< labels and failures; inputs dropped
    std::map<int, std::vector<at::Tensor>> m_features;
};

} // namespace thaw

#pragma once

// Internal to core: needs LibTorch.

#include "core/train/loop/epoch_source_torch.h"

namespace thaw {

/// Decodes, augments and passes each picture through the frozen layers in each epoch.
class FreshEpochs : public EpochSource
{
public:
    /// All must outlive it.
    FreshEpochs(const RunScope& scope, const Network& network, const FrozenPrefix& prefix)
        : m_scope(scope), m_network(network), m_prefix(prefix)
    {
    }

    bool prepare(int) override { return true; }
    bool forEachBatch(int epoch, const std::vector<std::uint32_t>& order, std::int64_t first,
                      const Step& step) override;

private:
    const RunScope& m_scope;
    const Network& m_network;
    const FrozenPrefix& m_prefix;
};

} // namespace thaw

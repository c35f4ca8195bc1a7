#pragma once

// Internal to core: needs LibTorch.

#include "core/train/features/stored_views_torch.h"
#include "core/train/loop/epoch_source_torch.h"

namespace thaw {

/// Takes views of the pictures as their stored features; those that an epoch is the first to draw are
/// computed before it.
class StoredEpochs : public EpochSource
{
public:
    /// All must outlive it. @param views for training
    StoredEpochs(const RunScope& scope, const PhasePlan& phase, const Network& network,
                 const FrozenPrefix& prefix, StoredViews& views)
        : m_scope(scope), m_phase(phase), m_network(network), m_prefix(prefix), m_views(views)
    {
    }

    bool prepare(int epoch) override;
    bool forEachBatch(int epoch, const std::vector<std::uint32_t>& order, std::int64_t first,
                      const Step& step) override;

private:
    const RunScope& m_scope;
    const PhasePlan& m_phase;
    const Network& m_network;
    const FrozenPrefix& m_prefix;
    StoredViews& m_views;
};

} // namespace thaw

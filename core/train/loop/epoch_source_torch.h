#pragma once

// Internal to core: needs LibTorch.

#include "core/train/loop/run_scope_torch.h"

#include <cstdint>
#include <functional>
#include <vector>

namespace thaw {

/// A batch as the first layer that trains takes it.
struct FeatureBatch
{
    /// [count, C, H, W] of `count` of the pictures from `first` on, any floating type, on the network's
    /// device. Asked for a part at a time.
    std::function<at::Tensor(std::int64_t first, std::int64_t count)> features;
    std::vector<int> labels; ///< none where no picture of the batch could be read
};

/// Where a phase's training pictures come from, epoch by epoch.
class EpochSource
{
public:
    using Step = std::function<void(const FeatureBatch&)>;

    virtual ~EpochSource() = default;
    /// Makes ready what an epoch needs before it trains. @param epoch of the run, from 1
    /// @return false when stopped
    virtual bool prepare(int epoch) = 0;
    /// Calls `step` for each batch of the epoch, in order, from batch `first` on.
    /// @param order the training pictures, by their places in the data set
    /// @return false when stopped before all batches were done
    virtual bool forEachBatch(int epoch, const std::vector<std::uint32_t>& order, std::int64_t first,
                              const Step& step) = 0;
};

} // namespace thaw

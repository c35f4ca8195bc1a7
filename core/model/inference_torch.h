#pragma once

// Internal to core: needs LibTorch.

#include "core/base/part_size.h"
#include "core/data/batch_loader.h"
#include "core/model/network_torch.h"

#include <functional>
#include <stop_token>
#include <vector>

namespace thaw {

/// Called for each batch in order, with its logits [N, outputs] on the CPU.
using LogitsCallback = std::function<void(const Batch&, const at::Tensor& logits)>;

/// What `compute` gives for the rows of `x`, as many at once as `parts` says, put together again. Each of its
/// results has a row for each of its argument's.
std::vector<at::Tensor> inParts(const at::Tensor& x, PartSize& parts,
                                const std::function<std::vector<at::Tensor>(const at::Tensor&)>& compute);

/// Runs pictures through `prefix` and the rest of `network`, without gradients or dropout.
/// @return false when stopped
bool forEachLogits(const Network& network, const FrozenPrefix& prefix, const std::vector<LoadItem>& items,
                   const BatchLoaderOptions& options, PartSize& parts, const LogitsCallback& each,
                   const std::stop_token& stop);

/// The same from stored inputs of the boundary's layer.
/// @param features [N, C, H, W] of one batch, any floating type, on any device
at::Tensor logitsFromFeatures(const Network& network, int boundary, const at::Tensor& features);

/// Loader options for pictures of a network: its input convention, no augmentation.
BatchLoaderOptions inferenceLoader(const Network& network, const TransformSpec& transform, int batchSize);

} // namespace thaw

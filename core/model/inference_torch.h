#pragma once

// Internal to core: needs LibTorch.

#include "core/compute/part_size.h"
#include "core/data/input/batch_loader.h"
#include "core/model/batch_inputs_torch.h"

#include <cstdint>
#include <functional>
#include <stop_token>
#include <vector>

namespace thaw {

/// Called for each batch in order, with its logits [N, outputs] on the CPU.
using LogitsCallback = std::function<void(const Batch&, const at::Tensor& logits)>;

/// Tensors with a row for each of `count` pictures from `first` on.
using RowsOf = std::function<std::vector<at::Tensor>(std::int64_t first, std::int64_t count)>;

/// The results of `compute` for pictures 0 … count−1, computed in parts of the size in `parts`, then joined.
/// @param count > 0
std::vector<at::Tensor> inParts(std::int64_t count, PartSize& parts, const RowsOf& compute);

/// Runs pictures through `prefix` and the rest of `network`, without gradients or dropout.
/// @param waitedSeconds grows by the time that the network waited for pictures
/// @return false when stopped
bool forEachLogits(const Network& network, const FrozenPrefix& prefix, const std::vector<LoadItem>& items,
                   const BatchLoaderOptions& options, PartSize& parts, const LogitsCallback& each,
                   const std::stop_token& stop, double* waitedSeconds = nullptr);

/// The same from stored inputs of the boundary's layer.
/// @param features [N, C, H, W] of one batch, any floating type, on any device
at::Tensor logitsFromFeatures(const Network& network, int boundary, const at::Tensor& features);

/// Loader options for pictures of a network: its input convention, no augmentation; threads as many as leave
/// the processor to the network where that computes there, else all but one core's. Off the processor batches
/// have to pass through BatchInputs.
BatchLoaderOptions inferenceLoader(const Network& network, const TransformSpec& transform, int batchSize);

} // namespace thaw

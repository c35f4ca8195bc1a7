#pragma once

// Internal to core: needs LibTorch.

#include "core/compute/part_size.h"
#include "core/evaluate/evaluation.h"
#include "core/model/network_torch.h"

namespace thaw {

/// Where `options` compute. @throws Error Usage, DeviceUnavailable
c10::Device deviceOf(const ComputeOptions& options);

/// Batches that memory does not hold are computed in parts, with the same answers: nobody need be told.
PartSize partsOn(const ComputeOptions& options);

/// The layers that were frozen in the phase whose weights these are, in the arithmetic asked for; the others
/// stay float32, as in training.
FrozenPrefix frozenPartOf(const Network& network, const ModelWeights& model, const ComputeOptions& options);

} // namespace thaw

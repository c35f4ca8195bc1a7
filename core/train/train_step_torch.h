#pragma once

// Internal to core: needs LibTorch.

#include "core/model/network_torch.h"
#include "core/train/keras_rmsprop_torch.h"

#include <cstdint>
#include <string>
#include <vector>

namespace thaw {

/// What one training step measured, before its update.
struct StepResult
{
    double loss = 0; ///< mean over the batch
    std::int64_t correct = 0;
    /// When the loss is not finite: where numbers first went wrong, in words ("the weights of block5_conv1").
    std::string culprit;
};

/// Forward, backward, update of the layers from `boundary` on.
/// @param features what that layer takes in, [N, C, H, W]; @param labels [N] int64; both on the network's
///        device
/// @param type of the arithmetic in the base's layers; the head computes in float32
/// @param dropoutScale see Network::forwardHead; undefined for none
/// A loss that is not finite is returned and nothing is updated.
StepResult trainStep(const Network& network, int boundary, at::ScalarType type, KerasRmsprop& optimizer,
                     const at::Tensor& features, const at::Tensor& labels, const at::Tensor& dropoutScale);

/// The first of the parameters that holds a value which is not finite, in words ("the weights of
/// block5_conv1"); empty when all are well.
std::string firstNotFinite(const std::vector<NamedParameter>& parameters);

/// Marks what trains under `plan` as needing gradients and everything else as not, and returns the former.
std::vector<NamedParameter> applyFreezePlan(const Network& network, const FreezePlan& plan);

} // namespace thaw

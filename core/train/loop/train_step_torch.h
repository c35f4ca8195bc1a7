#pragma once

// Internal to core: needs LibTorch.

#include "core/compute/part_size.h"
#include "core/model/network_torch.h"
#include "core/train/optimizer/loss_scale.h"
#include "core/train/optimizer/optimizer_torch.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace thaw {

/// What one training step measured, before its update.
struct StepResult
{
    double loss = 0; ///< mean over the batch
    std::int64_t correct = 0;
    bool isTaken = false; ///< weights were updated: not where float16's scale left the step out
    /// When numbers are no longer finite: where they first went wrong, in words ("the weights of
    /// block5_conv1"). Empty when all is well.
    std::string culprit;
};

/// A batch of N pictures, as a step takes it.
struct StepBatch
{
    /// What the boundary's layer takes in for `count` of the pictures from `first` on: [count, C, H, W], any
    /// floating type, on the network's device. Asked for a part at a time, so that no more need be there.
    std::function<at::Tensor(std::int64_t first, std::int64_t count)> features;
    at::Tensor labels;       ///< [N] int64, on the network's device
    at::Tensor dropoutScale; ///< [N, units], see Network::forwardHead; undefined for none
    LossOptions loss = {};

    std::int64_t size() const { return labels.size(0); }
};

/// A batch whose features are there as a whole.
StepBatch stepBatch(const at::Tensor& features, const at::Tensor& labels, const at::Tensor& dropoutScale);

/// Forward and backward of the layers from `boundary` on: leaves the gradients of the batch's mean loss in
/// `parameters`, in place of what was there, and none when the loss is not finite. Updates nothing, so it can
/// be called again after it threw.
/// @param type of the arithmetic in the base's layers; the head computes in float32
/// @param lossFactor what the loss, and so the gradients, are multiplied by
/// @param part how many pictures are computed at once. Parts add up to the batch's own gradients, each mean
///        weighted by its share, up to the order of float32 sums.
StepResult computeGradients(const Network& network, int boundary, at::ScalarType type,
                            const std::vector<NamedParameter>& parameters, const StepBatch& batch,
                            double lossFactor, std::int64_t part);

/// computeGradients, as many pictures at once as memory holds, and the update. With a loss that is not finite
/// nothing is updated.
/// @param scale for float16, else null. Where its gradients are not finite the step is left out and the scale
///        takes note; that is a culprit only once the scale is below one.
/// @throws Error OutOfMemory when memory does not hold a single picture; nothing is updated
StepResult trainStep(const Network& network, int boundary, at::ScalarType type, Optimizer& optimizer,
                     const StepBatch& batch, PartSize& parts, LossScale* scale = nullptr);

/// The first of the parameters that holds a value which is not finite, in words ("the weights of
/// block5_conv1"); empty when all are well.
std::string firstNotFinite(const std::vector<NamedParameter>& parameters);

/// Marks what trains under `plan` as needing gradients and everything else as not, and returns the former.
std::vector<NamedParameter> applyFreezePlan(const Network& network, const FreezePlan& plan);

} // namespace thaw

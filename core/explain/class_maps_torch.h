#pragma once

// Internal to core: needs LibTorch.

#include "core/explain/explanation.h"
#include "core/model/network_torch.h"

#include <span>
#include <vector>

namespace thaw {

/// The class that each picture is taken for. @param logits [N, outputs] on the CPU
std::vector<int> predictedLabels(const at::Tensor& logits);

/// A class's score in logits [N, outputs]: with one output z for class 1 and −z for class 0. [N]
at::Tensor scoresOf(const at::Tensor& logits, const std::vector<int>& labels);

/// Logits and evidence maps of some pictures, on the CPU.
struct ClassMaps
{
    at::Tensor logits;                ///< [N, outputs]
    std::vector<at::Tensor> evidence; ///< for each class asked for: [N, h, w]
};

/// Maps of Grad-CAM or HiResCAM: gradients are computed only above `layer`.
/// @param activations [N, C, h, w]: the layer's output after its ReLU, float32
/// @param labels the classes asked for; none: the predicted one
ClassMaps classMaps(const Network& network, int layer, const at::Tensor& activations, ExplainMethod method,
                    const std::vector<int>& labels);

} // namespace thaw

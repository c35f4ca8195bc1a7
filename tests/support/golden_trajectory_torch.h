#pragma once

// Needs LibTorch.

#include "core/model/network_torch.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace thaw::test {

/// One phase as Keras ran it.
struct TrajectoryPhase
{
    FreezePlan plan;
    double learningRate = 0;
    /// "losses" (each step's, before its update), "epoch_end" (loss and accuracy over all pictures by
    /// inference) and "norms" (of each trained tensor at the phase's end).
    nlohmann::json expected;
};

/// The largest relative differences from Keras.
struct TrajectoryDifference
{
    double loss = 0;
    double norm = 0;
    std::vector<std::string> wrong; ///< accuracies that are not equal, norms that Keras does not have

    /// Nothing is wrong, and neither losses nor norms differ by more.
    bool isWithin(double tolerance) const { return wrong.empty() && loss <= tolerance && norm <= tolerance; }
    std::string text() const; ///< all of it, in words
};

/// Repeats the steps on `pictures` [N, C, H, W] in their order, each phase with a new optimizer, without
/// dropout.
/// @param kerasName from a parameter's name in files to that among the norms
TrajectoryDifference followTrajectory(Network& network, const at::Tensor& pictures, const at::Tensor& labels,
                                      int batch, const std::vector<TrajectoryPhase>& phases,
                                      const std::function<std::string(const std::string&)>& kerasName);

/// "block5_conv1.weight" for "features.24.weight", "dense1.bias" for "head.dense1.bias".
std::string layerName(const std::string& parameter);

/// Pictures of the right size as a batch in the Caffe convention.
at::Tensor inputsOf(const std::vector<std::filesystem::path>& files);

/// Kernel [i, j] = scale · sin(0.1 i + 0.7 j), i the input in H, W, C order, j the output.
NamedTensor sineKernel(const std::string& name, int inputs, int outputs, double scale);

} // namespace thaw::test

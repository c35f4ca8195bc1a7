#pragma once

// Internal to core: needs LibTorch.

#include "core/model/network_torch.h"

#include <string>
#include <vector>

namespace thaw {

/// RMSprop as in keras.optimizers.RMSprop (rho 0.9, epsilon 1e-7, no momentum, not centred):
///     v ← rho·v + (1−rho)·g²,   w ← w − lr·g / sqrt(v + epsilon)
/// LibTorch's own adds epsilon outside the root and has other defaults.
class KerasRmsprop
{
public:
    KerasRmsprop(std::vector<NamedParameter> parameters, double learningRate);

    /// Of the steps to come.
    void setLearningRate(double learningRate) { m_learningRate = learningRate; }

    /// One update from the parameters' gradients; parameters without one are left alone. Clears the
    /// gradients.
    void step();

    /// Mean squares, under the parameters' names; what a resume needs.
    const std::vector<NamedParameter>& velocities() const { return m_velocities; }
    const std::vector<NamedParameter>& parameters() const { return m_parameters; }

private:
    std::vector<NamedParameter> m_parameters;
    std::vector<NamedParameter> m_velocities;
    double m_learningRate;
};

} // namespace thaw

#pragma once

// Internal to core: needs LibTorch.

#include "core/model/network_torch.h"

#include <cstdint>
#include <utility>
#include <vector>

namespace thaw {

/// An exponential moving average of the weights that train (Polyak & Juditsky 1992), as Keras's optimizers
/// keep it with use_ema: after the first step a ← w, after each later one a ← momentum·a + (1−momentum)·w.
class WeightAverage
{
public:
    /// The averages are the weights until there was a step.
    /// @param parameters float32; their tensors stay the same ones @param momentum in [0, 1)
    WeightAverage(std::vector<NamedParameter> parameters, double momentum);
    /// Goes on from where another one was. @param averages under the parameters' names, in any order
    /// @param steps the other one's steps()
    /// @throws Error RunInvalid when one is missing or mis-shaped
    void restore(const std::vector<NamedTensor>& averages, std::int64_t steps);

    void update();                                 ///< after a step
    std::int64_t steps() const { return m_steps; } ///< updates so far
    /// Exchanges the weights and their averages, bit for bit and in place. Takes no memory.
    void swap();

    /// Under the parameters' names.
    const std::vector<NamedParameter>& averages() const { return m_averages; }

private:
    std::vector<NamedParameter> m_parameters;
    std::vector<NamedParameter> m_averages;
    /// Each weight and its average again, as whole numbers of as many bits in the same memory.
    std::vector<std::pair<at::Tensor, at::Tensor>> m_bits;
    double m_momentum;
    std::int64_t m_steps = 0;
};

/// For a scope, a network's trained weights are their averages.
class AverageInPlace
{
public:
    /// @param average may be null: then nothing is done
    explicit AverageInPlace(WeightAverage* average);
    ~AverageInPlace();
    AverageInPlace(const AverageInPlace&) = delete;
    AverageInPlace& operator=(const AverageInPlace&) = delete;

private:
    WeightAverage* m_average;
};

} // namespace thaw

#pragma once

// Internal to core: needs LibTorch.

#include <ATen/ATen.h>

#include <cstdint>
#include <stop_token>
#include <vector>

namespace thaw {

/// A softmax on a linear function of features that do not change: the head that a frozen base allows, found
/// exactly and in a moment.
class LinearHead
{
public:
    /// The one minimum of the mean cross-entropy plus half `decay` times the squared weights, the features
    /// first brought to mean 0 and deviation 1 on these pictures. By L-BFGS (Liu & Nocedal 1989) from zero:
    /// nothing is random, and the same numbers come out for the same number of threads.
    /// @param features [N, D] float32 on the processor, N > 0  @param labels N, each below `classes`
    /// @param decay > 0  @return the best found so far when stopped
    static LinearHead fit(const at::Tensor& features, const std::vector<int>& labels, std::int64_t classes,
                          double decay, const std::stop_token& stop = {});

    /// [N, classes] float32
    at::Tensor probabilities(const at::Tensor& features) const;

private:
    at::Tensor m_mean;
    at::Tensor m_scale;   ///< one over the deviation, 0 where a feature is the same everywhere
    at::Tensor m_weights; ///< [D + 1, classes], the last row is the bias
};

} // namespace thaw

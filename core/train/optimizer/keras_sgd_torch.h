#pragma once

// Internal to core: needs LibTorch.

#include "core/train/optimizer/optimizer_torch.h"

namespace thaw {

/// Stochastic gradient descent as in keras.optimizers.SGD:
///     without momentum   w ← w − lr·g
///     with               v ← momentum·v − lr·g,   w ← w + v
///     Nesterov's         v ← momentum·v − lr·g,   w ← w + momentum·v − lr·g
/// LibTorch's own keeps gradients in v, not steps: the two differ once the rate changes. With momentum the
/// state is "momentum", v.
class KerasSgd : public Optimizer
{
public:
    /// @param momentum in [0, 1)
    KerasSgd(std::vector<NamedParameter> parameters, double learningRate, double momentum, bool nesterov);

private:
    void update(std::size_t index, const at::Tensor& gradient) override;

    double m_momentum;
    bool m_nesterov;
};

} // namespace thaw

#pragma once

// Internal to core: needs LibTorch.

#include "core/train/optimizer/optimizer_torch.h"

namespace thaw {

/// RMSprop as in keras.optimizers.RMSprop (rho 0.9, epsilon 1e-7, no momentum, not centred):
///     v ← rho·v + (1−rho)·g²,   w ← w − lr·g / sqrt(v + epsilon)
/// LibTorch's own adds epsilon outside the root and has other defaults. Its state is "velocity", v.
class KerasRmsprop : public Optimizer
{
public:
    KerasRmsprop(std::vector<NamedParameter> parameters, double learningRate);

private:
    void update(std::size_t index, const at::Tensor& gradient) override;
};

} // namespace thaw

#pragma once

// Internal to core: needs LibTorch.

#include "core/train/optimizer/optimizer_torch.h"

namespace thaw {

/// Adam as in keras.optimizers.Adam (Kingma & Ba 2015; beta 0.9 and 0.999, epsilon 1e-7), at step t from 1:
///     m ← m + (1−β₁)(g − m),   v ← v + (1−β₂)(g² − v)
///     w ← w − lr·√(1−β₂ᵗ)/(1−β₁ᵗ) · m / (√v + epsilon)
/// LibTorch's own adds epsilon after the correction of v. With weight decay it is keras.optimizers.AdamW
/// (Loshchilov & Hutter 2019): each step first takes w ← w − lr·decay·w, biases included. Its state is
/// "momentum", m, and "velocity", v.
class KerasAdam : public Optimizer
{
public:
    /// @param weightDecay ≥ 0; 0 for Adam
    KerasAdam(std::vector<NamedParameter> parameters, double learningRate, double weightDecay);

private:
    void begin() override;
    void update(std::size_t index, const at::Tensor& gradient) override;

    double m_weightDecay;
    double m_rate = 0; ///< of the present step, corrected
};

} // namespace thaw

#pragma once

namespace thaw {

/// What the loss is multiplied by on the way back in float16, so that small gradients do not vanish; the rule
/// of PyTorch's GradScaler. Gradients are divided by it again before they are used.
struct LossScale
{
    double factor = 65536; ///< a power of two, so that multiplying and dividing by it rounds nothing
    int goodSteps = 0;     ///< in a row since it last changed, 0–1,999

    /// Twice as large after 2,000 steps in a row with finite gradients, half as large after one without,
    /// which must not update anything.
    void noteStep(bool wereGradientsFinite);

    bool operator==(const LossScale&) const = default;
};

} // namespace thaw

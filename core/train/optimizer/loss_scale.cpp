#include "core/train/optimizer/loss_scale.h"

namespace thaw {

namespace {

constexpr int growthInterval = 2000;

} // namespace

void LossScale::noteStep(bool wereGradientsFinite)
{
    if (!wereGradientsFinite) {
        factor /= 2;
        goodSteps = 0;
    } else if (++goodSteps == growthInterval) {
        factor *= 2;
        goodSteps = 0;
    }
}

} // namespace thaw

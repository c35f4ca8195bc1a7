#include "core/train/optimizer/keras_rmsprop_torch.h"

#include <utility>

namespace thaw {

namespace {

constexpr double rho = 0.9;
constexpr double rmspropEpsilon = 1e-7;

} // namespace

KerasRmsprop::KerasRmsprop(std::vector<NamedParameter> parameters, double learningRate)
    : Optimizer(std::move(parameters), {"velocity"}, learningRate)
{
}

void KerasRmsprop::update(std::size_t index, const at::Tensor& gradient)
{
    at::Tensor& velocity = slot(0, index);
    velocity.mul_(rho).addcmul_(gradient, gradient, 1 - rho);
    weight(index).addcdiv_(gradient, (velocity + rmspropEpsilon).sqrt_(), -learningRate());
}

} // namespace thaw

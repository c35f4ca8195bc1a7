#include "core/train/optimizer/keras_adam_torch.h"

#include <cmath>
#include <utility>

namespace thaw {

namespace {

constexpr double beta1 = 0.9;
constexpr double beta2 = 0.999;
constexpr double adamEpsilon = 1e-7;

} // namespace

KerasAdam::KerasAdam(std::vector<NamedParameter> parameters, double learningRate, double weightDecay)
    : Optimizer(std::move(parameters), {"momentum", "velocity"}, learningRate), m_weightDecay(weightDecay)
{
}

void KerasAdam::begin()
{
    // In float32, as Keras: 1 − 0.999 is then 2.4e-5 off, which the first steps show.
    const auto step = static_cast<float>(steps() + 1);
    const float correction1 = 1 - std::pow(static_cast<float>(beta1), step);
    const float correction2 = 1 - std::pow(static_cast<float>(beta2), step);
    m_rate = static_cast<float>(learningRate()) * std::sqrt(correction2) / correction1;
}

void KerasAdam::update(std::size_t index, const at::Tensor& gradient)
{
    at::Tensor& weights = weight(index);
    if (m_weightDecay > 0) {
        weights.add_(weights, -m_weightDecay * learningRate());
    }
    at::Tensor& momentum = slot(0, index);
    at::Tensor& velocity = slot(1, index);
    momentum.lerp_(gradient, 1 - beta1);
    velocity.lerp_(gradient.square(), 1 - beta2);
    weights.addcdiv_(momentum, velocity.sqrt().add_(adamEpsilon), -m_rate);
}

} // namespace thaw

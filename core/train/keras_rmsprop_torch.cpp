#include "core/train/keras_rmsprop_torch.h"

#include <utility>

namespace thaw {

namespace {

constexpr double rho = 0.9;
constexpr double epsilon = 1e-7;

} // namespace

KerasRmsprop::KerasRmsprop(std::vector<NamedParameter> parameters, double learningRate)
    : m_parameters(std::move(parameters)), m_learningRate(learningRate)
{
    for (const NamedParameter& parameter : m_parameters) {
        m_velocities.push_back({parameter.name, at::zeros_like(parameter.tensor)});
    }
}

void KerasRmsprop::step()
{
    const at::NoGradGuard guard;
    for (std::size_t i = 0; i < m_parameters.size(); ++i) {
        at::Tensor& weight = m_parameters[i].tensor;
        const at::Tensor gradient = weight.grad();
        if (!gradient.defined()) {
            continue;
        }
        at::Tensor& velocity = m_velocities[i].tensor;
        velocity.mul_(rho).addcmul_(gradient, gradient, 1 - rho);
        weight.addcdiv_(gradient, (velocity + epsilon).sqrt_(), -m_learningRate);
        weight.mutable_grad() = at::Tensor();
    }
}

} // namespace thaw

#include "core/train/optimizer/keras_sgd_torch.h"

#include <string>
#include <utility>

namespace thaw {

KerasSgd::KerasSgd(std::vector<NamedParameter> parameters, double learningRate, double momentum,
                   bool nesterov)
    : Optimizer(std::move(parameters),
                momentum > 0 ? std::vector<std::string>{"momentum"} : std::vector<std::string>{},
                learningRate)
    , m_momentum(momentum)
    , m_nesterov(nesterov)
{
}

void KerasSgd::update(std::size_t index, const at::Tensor& gradient)
{
    if (!(m_momentum > 0)) {
        weight(index).add_(gradient, -learningRate());
        return;
    }
    at::Tensor& velocity = slot(0, index);
    velocity.mul_(m_momentum).add_(gradient, -learningRate());
    if (m_nesterov) {
        weight(index).add_(velocity, m_momentum).add_(gradient, -learningRate());
    } else {
        weight(index).add_(velocity);
    }
}

} // namespace thaw

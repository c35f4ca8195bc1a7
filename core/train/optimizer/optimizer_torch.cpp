#include "core/train/optimizer/optimizer_torch.h"

#include "core/base/error.h"
#include "core/train/checkpoint/checkpoint_torch.h"
#include "core/train/optimizer/keras_adam_torch.h"
#include "core/train/optimizer/keras_rmsprop_torch.h"
#include "core/train/optimizer/keras_sgd_torch.h"

#include <algorithm>
#include <utility>

namespace thaw {

Optimizer::Optimizer(std::vector<NamedParameter> parameters, const std::vector<std::string>& slots,
                     double learningRate)
    : m_parameters(std::move(parameters)), m_learningRate(learningRate)
{
    for (const std::string& name : slots) {
        OptimizerSlot& slot = m_state.emplace_back(OptimizerSlot{name, {}});
        for (const NamedParameter& parameter : m_parameters) {
            slot.values.push_back({parameter.name, at::zeros_like(parameter.tensor)});
        }
    }
}

void Optimizer::step()
{
    const at::NoGradGuard guard;
    begin();
    for (std::size_t i = 0; i < m_parameters.size(); ++i) {
        at::Tensor& weight = m_parameters[i].tensor;
        const at::Tensor gradient = weight.grad();
        if (gradient.defined()) {
            update(i, gradient);
            weight.mutable_grad() = at::Tensor();
        }
    }
    ++m_steps;
}

void Optimizer::restore(const std::vector<TensorSlot>& state, std::int64_t steps)
{
    for (const OptimizerSlot& slot : m_state) {
        const auto found = std::find_if(state.begin(), state.end(),
                                        [&](const auto& each) { return each.name == slot.name; });
        if (found == state.end()) {
            throw Error(ErrorCode::RunInvalid, {}, "the checkpoint lacks the optimizer's " + slot.name);
        }
        restoreParameters(slot.values, found->tensors);
    }
    m_steps = steps;
}

std::unique_ptr<Optimizer> makeOptimizer(const PhaseRecipe& settings, std::vector<NamedParameter> parameters)
{
    switch (settings.optimizer) {
    case OptimizerKind::Sgd:
        return std::make_unique<KerasSgd>(std::move(parameters), settings.learningRate, settings.momentum,
                                          settings.nesterov);
    case OptimizerKind::Adam:
        return std::make_unique<KerasAdam>(std::move(parameters), settings.learningRate, 0);
    case OptimizerKind::Adamw:
        return std::make_unique<KerasAdam>(std::move(parameters), settings.learningRate,
                                           settings.weightDecay);
    case OptimizerKind::Rmsprop:
        break;
    }
    return std::make_unique<KerasRmsprop>(std::move(parameters), settings.learningRate);
}

} // namespace thaw

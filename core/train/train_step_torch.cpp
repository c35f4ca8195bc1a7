#include "core/train/train_step_torch.h"

#include <cmath>

namespace thaw {

StepResult trainStep(const Network& network, const FrozenPrefix& prefix, KerasRmsprop& optimizer,
                     const at::Tensor& inputs, const at::Tensor& labels, const at::Tensor& dropoutScale)
{
    const at::Tensor features =
        network.forwardBase(prefix.forward(inputs), prefix.boundary(), baseLayerCount);
    const at::Tensor logits = network.forwardHead(features, dropoutScale);
    const at::Tensor loss = lossOf(logits, labels);
    const StepResult result{loss.item<double>(), correctOf(logits.detach(), labels)};
    if (std::isfinite(result.loss)) {
        loss.backward();
        optimizer.step();
    }
    return result;
}

std::vector<NamedParameter> applyFreezePlan(const Network& network, const FreezePlan& plan)
{
    for (const NamedParameter& parameter : network.parameters()) {
        parameter.tensor.set_requires_grad(false);
    }
    std::vector<NamedParameter> trained = network.trainable(plan);
    for (const NamedParameter& parameter : trained) {
        parameter.tensor.set_requires_grad(true);
    }
    return trained;
}

} // namespace thaw

#include "core/train/loop/train_step_torch.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace thaw {

namespace {

bool isFinite(const at::Tensor& tensor)
{
    return at::isfinite(tensor).all().item<bool>();
}

/// "block5_conv1" for "features.24.weight", "dense1" for "head.dense1.bias".
std::string layerOf(const std::string& parameter)
{
    constexpr std::string_view basePrefix = "features.";
    if (!parameter.starts_with(basePrefix)) {
        return parameter.substr(parameter.find('.') + 1, parameter.rfind('.') - parameter.find('.') - 1);
    }
    int number = -1;
    std::from_chars(parameter.data() + basePrefix.size(), parameter.data() + parameter.size(), number);
    const auto& indices = torchvisionIndices();
    const auto found = std::find(indices.begin(), indices.end(), number);
    return found == indices.end() ? parameter
                                  : convolutionNames()[static_cast<std::size_t>(found - indices.begin())];
}

/// Looks where the loss went wrong: first among the weights that train, then layer by layer.
std::string culpritOf(const Network& network, int boundary, const std::vector<NamedParameter>& parameters,
                      const at::Tensor& features)
{
    const at::NoGradGuard guard;
    if (std::string weights = firstNotFinite(parameters); !weights.empty()) {
        return weights;
    }
    at::Tensor x = features;
    if (!isFinite(x)) {
        return "what the frozen layers give";
    }
    const std::vector<LayerInfo> layers = baseLayers(minInputSize);
    for (int layer = boundary; layer <= baseLayerCount; ++layer) {
        x = network.forwardBase(x, layer, layer);
        if (!isFinite(x)) {
            return "the output of " + layers[static_cast<std::size_t>(layer)].name;
        }
    }
    return "the output of the head";
}

void clearGradients(const std::vector<NamedParameter>& parameters)
{
    for (const NamedParameter& parameter : parameters) {
        parameter.tensor.mutable_grad() = at::Tensor();
    }
}

std::vector<at::Tensor> gradientsOf(const std::vector<NamedParameter>& parameters)
{
    std::vector<at::Tensor> gradients;
    for (const NamedParameter& parameter : parameters) {
        if (parameter.tensor.grad().defined()) {
            gradients.push_back(parameter.tensor.grad());
        }
    }
    return gradients;
}

/// Divides gradients by what their loss was multiplied by. @return whether all are finite; one wait for a
/// device
bool unscale(const std::vector<at::Tensor>& gradients, double factor)
{
    const at::NoGradGuard guard;
    std::vector<at::Tensor> finite;
    for (const at::Tensor& gradient : gradients) {
        finite.push_back(at::isfinite(gradient).all());
        gradient.mul_(1 / factor);
    }
    return finite.empty() || at::stack(finite).all().item<bool>();
}

} // namespace

std::string firstNotFinite(const std::vector<NamedParameter>& parameters)
{
    const auto found =
        std::find_if(parameters.begin(), parameters.end(),
                     [](const NamedParameter& parameter) { return !isFinite(parameter.tensor.detach()); });
    return found == parameters.end() ? std::string() : "the weights of " + layerOf(found->name);
}

StepBatch stepBatch(const at::Tensor& features, const at::Tensor& labels, const at::Tensor& dropoutScale)
{
    return {[features](std::int64_t first, std::int64_t count) { return features.narrow(0, first, count); },
            labels,
            dropoutScale,
            {}};
}

StepResult computeGradients(const Network& network, int boundary, at::ScalarType type,
                            const std::vector<NamedParameter>& parameters, const StepBatch& batch,
                            double lossFactor, std::int64_t part)
{
    clearGradients(parameters);
    StepResult result;
    const std::int64_t size = batch.size();
    for (std::int64_t first = 0; first < size; first += part) {
        const std::int64_t count = std::min(part, size - first);
        const double share = static_cast<double>(count) / static_cast<double>(size);
        const at::Tensor features = batch.features(first, count);
        const at::Tensor labels = batch.labels.narrow(0, first, count);
        const at::Tensor logits = network.forwardHead(
            network.forwardBase(features, boundary, baseLayerCount, type),
            batch.dropoutScale.defined() ? batch.dropoutScale.narrow(0, first, count) : at::Tensor());
        const at::Tensor loss = lossOf(logits, labels, batch.loss);
        const double value = loss.item<double>();
        result.loss += value * share;
        result.correct += correctOf(logits.detach(), labels);
        if (!std::isfinite(value)) {
            result.culprit = culpritOf(network, boundary, parameters, features);
            clearGradients(parameters);
            return result;
        }
        (loss * (share * lossFactor)).backward();
    }
    return result;
}

StepResult trainStep(const Network& network, int boundary, at::ScalarType type, Optimizer& optimizer,
                     const StepBatch& batch, PartSize& parts, LossScale* scale)
{
    const std::vector<NamedParameter>& trained = optimizer.parameters();
    StepResult result;
    parts.run(batch.size(), [&](std::int64_t part) {
        result = computeGradients(network, boundary, type, trained, batch, scale ? scale->factor : 1, part);
    });
    if (!result.culprit.empty()) {
        return result;
    }
    if (scale) {
        const bool isFinite = unscale(gradientsOf(trained), scale->factor);
        // Then it is not the scale that makes them too large.
        result.culprit = !isFinite && scale->factor < 1 ? "the gradients" : "";
        scale->noteStep(isFinite);
        if (!isFinite) {
            clearGradients(trained);
            return result;
        }
    }
    optimizer.step();
    result.isTaken = true;
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

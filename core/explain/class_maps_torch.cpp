#include "core/explain/class_maps_torch.h"

namespace thaw {

namespace {

/// [N, h, w]
at::Tensor evidenceOf(const at::Tensor& gradient, const at::Tensor& activations, ExplainMethod method)
{
    const at::Tensor weights =
        method == ExplainMethod::GradCam ? gradient.mean({2, 3}, /*keepdim=*/true) : gradient;
    return (weights * activations).sum(1).to(at::kCPU, at::kFloat).contiguous();
}

} // namespace

std::vector<int> predictedLabels(const at::Tensor& logits)
{
    const at::Tensor labels = logits.size(1) == 1 ? (logits.squeeze(1) > 0).to(at::kLong) : logits.argmax(1);
    const at::Tensor plain = labels.contiguous();
    const std::int64_t* values = plain.data_ptr<std::int64_t>();
    return {values, values + plain.numel()};
}

at::Tensor scoresOf(const at::Tensor& logits, const std::vector<int>& labels)
{
    const at::Tensor index = at::tensor(labels, at::kInt).to(logits.device(), at::kLong);
    if (logits.size(1) == 1) {
        return logits.squeeze(1) * (2 * index - 1);
    }
    return logits.gather(1, index.unsqueeze(1)).squeeze(1);
}

ClassMaps classMaps(const Network& network, int layer, const at::Tensor& activations, ExplainMethod method,
                    const std::vector<int>& labels)
{
    const at::AutoGradMode gradients(true);
    const at::Tensor x = activations.detach().set_requires_grad(true);
    const at::Tensor logits = network.forwardHead(network.forwardBase(x, layer + 1, baseLayerCount));
    ClassMaps maps{logits.detach().to(at::kCPU), {}};
    const auto count = static_cast<std::size_t>(x.size(0));
    const std::size_t asked = labels.empty() ? 1 : labels.size();
    for (std::size_t i = 0; i < asked; ++i) {
        x.mutable_grad() = at::Tensor();
        const std::vector<int> each =
            labels.empty() ? predictedLabels(maps.logits) : std::vector<int>(count, labels[i]);
        // A picture's score depends on no other picture: the gradient of the sum has each one's own.
        scoresOf(logits, each).sum().backward({}, /*retain_graph=*/i + 1 < asked);
        const at::NoGradGuard guard;
        maps.evidence.push_back(evidenceOf(x.grad(), x.detach(), method));
    }
    return maps;
}

} // namespace thaw

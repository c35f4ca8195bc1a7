#include "core/export/torchscript_check_torch.h"

#include "core/base/error.h"
#include "core/base/random.h"
#include "core/model/network_torch.h"

#include <torch/script.h>

#include <charconv>
#include <cmath>
#include <string>

namespace thaw {

namespace {

/// How far a feature may be off, as a share of the largest. The network computes its convolutions by
/// Winograd's transform where the processor has AVX-512, the module by LibTorch's own, and elsewhere their
/// kernels differ in how they lie in memory. Either way block5's output is within 1.3e-6 of its largest value
/// from Keras's (docs/faithfulness.md), so two ways are within 2.6e-6 of each other; four times that for
/// weights that round worse than the published ones.
constexpr double featureShare = 1e-5;
/// The module's probabilities come from its own logits, by the function that is applied to them here.
constexpr double probabilityTolerance = 1e-6;

/// What logits are off by when every feature is off by featureShare of the largest one, each in the direction
/// that is worst: the head's answer to features all as large as that, with its signs taken away. That is
/// many times what rounding does, whose errors mostly cancel out, and a small part of what a wrong module
/// does. No fixed number would do: logits grow with the head's weights, and so does their rounding.
at::Tensor allowedDifference(const Network& network, const ModelWeights& model, const at::Tensor& features)
{
    HeadWeights head = model.head;
    for (NamedTensor& tensor : head) {
        for (float& value : tensor.values) {
            value = std::abs(value);
        }
    }
    Network withoutSigns = network; // its convolutions are shared, not copied
    withoutSigns.loadHead(head);
    const at::Tensor largest = at::full_like(features, features.max().item<float>());
    return withoutSigns.forwardHead(largest) * featureShare;
}

std::string inWords(double difference)
{
    char text[32];
    return {text, std::to_chars(text, text + sizeof text, difference, std::chars_format::general, 3).ptr};
}

} // namespace

FloatImage checkPicture(int side)
{
    FloatImage picture{side, side, std::vector<float>(static_cast<std::size_t>(side) * side * 3)};
    RandomStream random(1);
    for (float& value : picture.pixels) {
        value = static_cast<float>(random.uniform(0, 255));
    }
    return picture;
}

void checkTorchScript(const ModelWeights& model, const std::filesystem::path& file)
{
    const at::NoGradGuard guard;
    const Network network(model, c10::Device(at::kCPU));
    const int side = model.transform.inputSize;
    const FloatImage picture = checkPicture(side);
    std::vector<float> input(picture.pixels.size());
    preprocess(picture, model.base.preprocessing, input);
    const at::Tensor features =
        network.forwardBase(inputTensor(input, 1, side, network.device()), 1, baseLayerCount);
    const at::Tensor expected = network.forwardHead(features);

    torch::jit::Module module = torch::jit::load(file.string());
    module.eval();
    const at::Tensor pixels = inputTensor(picture.pixels, 1, side, network.device()).contiguous();
    const at::Tensor logits = module.get_method("logits")({pixels}).toTensor();
    const at::Tensor difference = (logits - expected).abs();
    // Asked this way round, not-a-number is a difference as well.
    if (!(difference <= allowedDifference(network, model, features)).all().item<bool>()) {
        throw Error(ErrorCode::Internal, file,
                    "the exported model's logits differ from the model's own by " +
                        inWords(difference.max().item<double>()) + ", more than rounding explains");
    }
    const at::Tensor answer = module.forward({pixels}).toTensor();
    const double apart = (answer - probabilitiesOf(logits)).abs().max().item<double>();
    if (!(apart <= probabilityTolerance)) {
        throw Error(ErrorCode::Internal, file,
                    "the exported model's probabilities differ from those of its own logits by " +
                        inWords(apart));
    }
}

} // namespace thaw

#include "tests/support/golden_trajectory_torch.h"

#include "core/data/image/image_io.h"
#include "core/data/input/preprocessing.h"
#include "core/train/loop/train_step_torch.h"
#include "tests/support/golden.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace thaw::test {

namespace {

using nlohmann::json;

void compareEpochEnd(const at::Tensor& logits, const at::Tensor& labels, const json& end,
                     TrajectoryDifference& difference)
{
    const double loss = lossOf(logits, labels).item<double>();
    difference.loss = std::max(difference.loss, relativeDifference(loss, end.at("loss")));
    const double accuracy =
        static_cast<double>(correctOf(logits, labels)) / static_cast<double>(labels.size(0));
    // Keras tells it in float32; pictures are few, so another count is far off.
    if (std::abs(accuracy - end.at("accuracy").get<double>()) > 1e-6) {
        difference.wrong.push_back("accuracy " + std::to_string(accuracy) + " instead of " +
                                   end.at("accuracy").dump());
    }
}

} // namespace

std::string TrajectoryDifference::text() const
{
    char numbers[96];
    std::snprintf(numbers, sizeof numbers, "largest relative difference: losses %.2g, norms %.2g", loss,
                  norm);
    std::string text = numbers;
    for (const std::string& each : wrong) {
        text += "; " + each;
    }
    return text;
}

TrajectoryDifference followTrajectory(Network& network, const at::Tensor& pictures, const at::Tensor& labels,
                                      int batch, const std::vector<TrajectoryPhase>& phases,
                                      const std::function<std::string(const std::string&)>& kerasName)
{
    TrajectoryDifference difference;
    const std::int64_t count = pictures.size(0);
    for (const auto& [plan, learningRate, expected] : phases) {
        const FrozenPrefix prefix(network, plan.firstTrainableConvolution(), at::kFloat);
        PhaseRecipe settings;
        settings.learningRate = learningRate;
        const auto optimizer = makeOptimizer(settings, applyFreezePlan(network, plan));
        // The frozen layers' outputs never change within a phase: once is enough.
        const at::Tensor features = prefix.forward(pictures);
        std::size_t step = 0;
        PartSize wholeBatches;
        for (const json& end : expected.at("epoch_end")) {
            for (std::int64_t first = 0; first < count; first += batch) {
                const std::int64_t size = std::min<std::int64_t>(batch, count - first);
                const StepResult result =
                    trainStep(network, prefix.boundary(), at::kFloat, *optimizer,
                              stepBatch(features.narrow(0, first, size), labels.narrow(0, first, size), {}),
                              wholeBatches);
                difference.loss = std::max(difference.loss,
                                           relativeDifference(result.loss, expected.at("losses").at(step++)));
            }
            const at::NoGradGuard guard;
            const at::Tensor logits =
                network.forwardHead(network.forwardBase(features, prefix.boundary(), baseLayerCount));
            compareEpochEnd(logits, labels, end, difference);
        }
        const json& norms = expected.at("norms");
        const std::vector<NamedParameter> trained = network.trainable(plan);
        if (trained.size() != norms.size()) {
            difference.wrong.push_back(std::to_string(trained.size()) + " trained tensors instead of " +
                                       std::to_string(norms.size()));
        }
        for (const NamedParameter& parameter : trained) {
            const std::string name = kerasName(parameter.name);
            const double norm = parameter.tensor.detach().to(at::kDouble).norm().item<double>();
            if (!norms.contains(name)) {
                difference.wrong.push_back("Keras does not train " + name);
            } else {
                difference.norm = std::max(difference.norm, relativeDifference(norm, norms.at(name)));
            }
        }
    }
    return difference;
}

std::string layerName(const std::string& parameter)
{
    const std::string part = parameter.substr(parameter.rfind('.'));
    if (parameter.starts_with("head.")) {
        return parameter.substr(5);
    }
    const int index = std::stoi(parameter.substr(std::string("features.").size()));
    const auto& indices = torchvisionIndices();
    const auto found = std::find(indices.begin(), indices.end(), index);
    return convolutionNames().at(static_cast<std::size_t>(found - indices.begin())) + part;
}

at::Tensor inputsOf(const std::vector<std::filesystem::path>& files)
{
    std::vector<at::Tensor> tensors;
    for (const std::filesystem::path& file : files) {
        const RgbImage image = loadImage(file);
        const FloatImage picture{image.width, image.height, {image.pixels.begin(), image.pixels.end()}};
        std::vector<float> input(picture.pixels.size());
        preprocess(picture, caffePreprocessing(), input);
        tensors.push_back(inputTensor(input, 1, image.width, c10::Device(at::kCPU)));
    }
    return at::cat(tensors).contiguous(at::MemoryFormat::ChannelsLast);
}

NamedTensor sineKernel(const std::string& name, int inputs, int outputs, double scale)
{
    NamedTensor tensor{name, {outputs, inputs}, {}};
    for (int j = 0; j < outputs; ++j) {
        for (int i = 0; i < inputs; ++i) {
            tensor.values.push_back(static_cast<float>(scale * std::sin(0.1 * i + 0.7 * j)));
        }
    }
    return tensor;
}

} // namespace thaw::test

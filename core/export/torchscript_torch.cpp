#include "core/export/torchscript_torch.h"

#include "core/base/atomic_file.h"
#include "core/base/number_text.h"
#include "core/base/version.h"
#include "core/model/network_torch.h"

#include <nlohmann/json.hpp>
#include <torch/script.h>

#include <algorithm>
#include <sstream>

namespace thaw {

namespace {

constexpr int descriptionVersion = 1;

/// TorchScript of the whole way from RGB pixels to logits, and on to probabilities. The two are apart for the
/// check: a probability near 0 or 1 hides what is wrong with its logit.
std::string methodsSource(const ModelWeights& model)
{
    std::ostringstream code;
    code << "def logits(self, x):\n";
    if (model.base.preprocessing.order == ChannelOrder::Bgr) {
        code << "    x = torch.flip(x, [1])\n";
    }
    code << "    x = (x * self.input_scale - self.input_mean) / self.input_std\n";
    std::size_t convolution = 0;
    for (int count : convolutionsPerBlock) {
        for (int i = 0; i < count; ++i) {
            const std::string name = "features_" + std::to_string(torchvisionIndices()[convolution++]);
            code << "    x = torch.relu(torch.conv2d(x, self." << name << "_weight, self." << name
                 << "_bias, [1, 1], [1, 1]))\n";
        }
        code << "    x = torch.max_pool2d(x, [2, 2], [2, 2])\n";
    }
    if (model.headSpec.kind != HeadKind::Book) {
        code << (model.headSpec.kind == HeadKind::Pooled
                     ? std::string("    x = torch.mean(x, [2, 3])\n")
                     : "    x = torch.cat([torch.mean(x, [2, 3]), torch.amax(x, [2, 3]) * " +
                           numberText(maximumScale) + "], 1)\n")
             << "    x = torch.linear(x, self.head_dense_weight, self.head_dense_bias)\n";
    } else {
        // Flattened in H, W, C order, as Keras does.
        code << "    x = torch.flatten(torch.permute(x, [0, 2, 3, 1]), 1)\n"
             << "    x = torch.linear(x, self.head_dense1_weight, self.head_dense1_bias)\n"
             << "    x = torch.linear(x, self.head_dense2_weight, self.head_dense2_bias)\n";
    }
    code << "    return x\n"
         << "def forward(self, x):\n"
         << "    x = self.logits(x)\n"
         << (model.headSpec.outputs() == 1 ? "    p = torch.sigmoid(x)\n    return torch.cat([1 - p, p], 1)\n"
                                           : "    return torch.softmax(x, 1)\n");
    return code.str();
}

std::string parameterName(std::string name)
{
    std::replace(name.begin(), name.end(), '.', '_');
    return name;
}

std::string description(const ModelWeights& model)
{
    const Preprocessing& preprocessing = model.base.preprocessing;
    const bool bgr = preprocessing.order == ChannelOrder::Bgr;
    return nlohmann::json{{"version", descriptionVersion},
                          {"program", std::string("Thaw ") + thawVersion},
                          {"classes", model.classes},
                          {"input",
                           {{"layout", "NCHW"},
                            {"channels", "RGB"},
                            {"range", {0, 255}},
                            {"size", model.transform.inputSize},
                            {"resize", nameOf(model.transform.resize)},
                            {"exif", model.transform.applyOrientation},
                            {"dct_method", nameOf(model.transform.dctMethod)}}},
                          {"inside",
                           {{"order", bgr ? "BGR" : "RGB"},
                            {"scale", preprocessing.scale},
                            {"mean", preprocessing.mean},
                            {"std", preprocessing.std}}},
                          {"output", "probabilities, one a class"}}
        .dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
}

torch::jit::Module buildModule(const Network& network, const ModelWeights& model)
{
    torch::jit::Module module("ThawVgg16");
    const Preprocessing& preprocessing = model.base.preprocessing;
    const auto channels = [](const std::array<float, 3>& values) {
        return at::tensor(at::ArrayRef<float>(values), at::kFloat).reshape({1, 3, 1, 1});
    };
    module.register_buffer("input_scale", at::tensor(preprocessing.scale, at::kFloat));
    module.register_buffer("input_mean", channels(preprocessing.mean));
    module.register_buffer("input_std", channels(preprocessing.std));
    for (const NamedParameter& parameter : network.parameters()) {
        module.register_parameter(parameterName(parameter.name), parameter.tensor.detach().contiguous(),
                                  false);
    }
    module.define(methodsSource(model));
    module.eval();
    return module;
}

} // namespace

void writeTorchScript(const ModelWeights& model, const std::filesystem::path& file)
{
    const at::NoGradGuard guard;
    const Network network(model, c10::Device(at::kCPU));
    torch::jit::Module module = buildModule(network, model);
    std::ostringstream bytes;
    module.save(bytes, {{"thaw.json", description(model)}});
    writeFileAtomically(file, bytes.str());
}

} // namespace thaw

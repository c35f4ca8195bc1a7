#include "core/export/torchscript_torch.h"

#include "core/base/atomic_file.h"
#include "core/base/number_text.h"
#include "core/export/export_description.h"
#include "core/export/model_graph.h"

#include <torch/script.h>

#include <algorithm>
#include <sstream>

namespace thaw {

namespace {

std::string parameterName(std::string name)
{
    std::replace(name.begin(), name.end(), '.', '_');
    return name;
}

/// TorchScript of the whole way from RGB pixels to logits, and on to probabilities. The two are apart for the
/// check: a probability near 0 or 1 hides what is wrong with its logit.
class SourceWriter
{
public:
    std::string write(const ModelGraph& graph)
    {
        m_code << "def logits(self, x):\n";
        for (const Operation& operation : graph.operations) {
            std::visit([this](const auto& each) { add(each); }, operation);
        }
        return m_code.str();
    }

private:
    void add(const PreprocessOperation& operation)
    {
        if (operation.convention.order == ChannelOrder::Bgr) {
            m_code << "    x = torch.flip(x, [1])\n";
        }
        m_code << "    x = (x * self.input_scale - self.input_mean) / self.input_std\n";
    }
    void add(const ConvolutionOperation& operation)
    {
        m_code << "    x = torch.relu(torch.conv2d(x, self." << parameterName(operation.kernel.name)
               << ", self." << parameterName(operation.bias.name) << ", [1, 1], [1, 1]))\n";
    }
    void add(const MaxPoolOperation&) { m_code << "    x = torch.max_pool2d(x, [2, 2], [2, 2])\n"; }
    void add(const FlattenOperation&)
    {
        m_code << "    x = torch.flatten(torch.permute(x, [0, 2, 3, 1]), 1)\n";
    }
    void add(const AveragePoolOperation&) { m_code << "    x = torch.mean(x, [2, 3])\n"; }
    void add(const AverageMaxPoolOperation& operation)
    {
        m_code << "    x = torch.cat([torch.mean(x, [2, 3]), torch.amax(x, [2, 3]) * "
               << numberText(operation.maximumScale) << "], 1)\n";
    }
    void add(const DropoutOperation&) {}
    void add(const DenseOperation& operation)
    {
        m_code << "    x = torch.linear(x, self." << parameterName(operation.kernel.name) << ", self."
               << parameterName(operation.bias.name) << ")\n";
    }
    void add(const SigmoidOperation&)
    {
        addForward("    p = torch.sigmoid(x)\n    return torch.cat([1 - p, p], 1)\n");
    }
    void add(const SoftmaxOperation&) { addForward("    return torch.softmax(x, 1)\n"); }

    void addForward(const char* probabilities)
    {
        m_code << "    return x\n"
               << "def forward(self, x):\n"
               << "    x = self.logits(x)\n"
               << probabilities;
    }

    std::ostringstream m_code;
};

void registerParameter(torch::jit::Module& module, const TensorView& view)
{
    const at::Tensor values =
        at::tensor(at::ArrayRef<float>(view.values.data(), view.values.size()), at::kFloat);
    module.register_parameter(parameterName(view.name), values.reshape(view.shape), false);
}

torch::jit::Module buildModule(const ModelGraph& graph)
{
    torch::jit::Module module("ThawVgg16");
    const auto channels = [](const std::array<float, 3>& values) {
        return at::tensor(at::ArrayRef<float>(values), at::kFloat).reshape({1, 3, 1, 1});
    };
    const auto registerWeights = [&](const auto& operation) {
        registerParameter(module, operation.kernel);
        registerParameter(module, operation.bias);
    };
    for (const Operation& operation : graph.operations) {
        std::visit(
            Overloaded{[&](const PreprocessOperation& input) {
                           const Preprocessing& convention = input.convention;
                           module.register_buffer("input_scale", at::tensor(convention.scale, at::kFloat));
                           module.register_buffer("input_mean", channels(convention.mean));
                           module.register_buffer("input_std", channels(convention.std));
                       },
                       [&](const ConvolutionOperation& layer) { registerWeights(layer); },
                       [&](const DenseOperation& layer) { registerWeights(layer); }, [](const auto&) {}},
            operation);
    }
    module.define(SourceWriter().write(graph));
    module.eval();
    return module;
}

} // namespace

void writeTorchScript(const ModelWeights& model, const std::filesystem::path& file, const ExportFacts& facts)
{
    const at::NoGradGuard guard;
    torch::jit::Module module = buildModule(modelGraphOf(model));
    std::ostringstream bytes;
    module.save(bytes, {{"thaw.json", describeExport(model, facts, ExportInput::Pixels)}});
    writeFileAtomically(file, bytes.str());
}

} // namespace thaw

#include "core/base/error.h"
#include "core/export/exported_models.h"
#include "core/model/network_torch.h"

#include <torch/script.h>
#include <torch/version.h>

namespace thaw {

namespace {

class TorchScriptModel : public ExportedModel
{
public:
    TorchScriptModel(const std::filesystem::path& file, const TransformSpec& transform)
        : m_module(torch::jit::load(file.string())), m_transform(transform)
    {
        m_module.eval();
    }

    std::string reader() const override { return "LibTorch " TORCH_VERSION; }

    std::vector<double> answer(const std::filesystem::path& picture) override
    {
        const at::NoGradGuard guard;
        const FloatImage image = transformFile(picture, m_transform);
        const at::Tensor pixels =
            inputTensor(image.pixels, 1, image.height, c10::Device(at::kCPU)).contiguous();
        const at::Tensor output =
            m_module.forward({pixels}).toTensor().to(at::kDouble).contiguous().reshape({-1});
        return {output.data_ptr<double>(), output.data_ptr<double>() + output.numel()};
    }

private:
    torch::jit::Module m_module;
    TransformSpec m_transform;
};

} // namespace

std::unique_ptr<ExportedModel> openTorchScript(const std::filesystem::path& file,
                                               const TransformSpec& transform)
{
    return std::make_unique<TorchScriptModel>(file, transform);
}

} // namespace thaw

#include "core/model/batch_inputs_torch.h"

#include "core/model/augmentation_torch.h"

#include <cstring>
#include <span>

namespace thaw {

at::Tensor hostTensor(at::IntArrayRef shape, at::ScalarType type, c10::Device device)
{
    return at::empty(shape, at::TensorOptions(type).pinned_memory(device.is_cuda()));
}

at::Tensor toDevice(const at::Tensor& tensor, c10::Device device)
{
    return tensor.to(device, tensor.scalar_type(), true);
}

BatchInputs::BatchInputs(const Batch& batch, int side, const Network& network)
    : m_draws(batch.draws), m_preprocessing(network.preprocessing()), m_device(network.device())
{
    const at::Tensor values =
        hostTensor({static_cast<std::int64_t>(batch.size()), side, side, 3}, at::kFloat, m_device);
    std::memcpy(values.data_ptr<float>(), batch.inputs.data(), batch.inputs.size() * sizeof(float));
    m_pictures = values.permute({0, 3, 1, 2});
}

at::Tensor BatchInputs::part(std::int64_t first, std::int64_t count) const
{
    at::Tensor pictures = toDevice(m_pictures.narrow(0, first, count), m_device);
    if (m_draws.empty()) {
        return pictures;
    }
    const auto draws =
        std::span(m_draws).subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count));
    return preprocess(augment(pictures, draws), m_preprocessing);
}

} // namespace thaw

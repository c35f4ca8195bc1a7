#pragma once

// Internal to core: needs LibTorch.

#include "core/data/input/batch_loader.h"
#include "core/model/network_torch.h"

#include <cstdint>
#include <vector>

namespace thaw {

/// Memory of the processor for what goes to `device`: page-locked for a CUDA device, which then fetches it
/// while it computes. Values are not set.
at::Tensor hostTensor(at::IntArrayRef shape, at::ScalarType type, c10::Device device);

/// The same values on `device`, without waiting for the copy; the tensor itself where it is there already.
at::Tensor toDevice(const at::Tensor& tensor, c10::Device device);

/// A loaded batch on its way into the network.
class BatchInputs
{
public:
    /// @param batch not empty; copied @param side of its pictures
    BatchInputs(const Batch& batch, int side, const Network& network);

    std::int64_t size() const { return m_pictures.size(0); }
    /// Some of the pictures as the network takes them: [count, 3, side, side] float32, channels-last, on its
    /// device. What the loader left to do is done there.
    at::Tensor part(std::int64_t first, std::int64_t count) const;

private:
    at::Tensor m_pictures;
    std::vector<AugmentationDraw> m_draws;
    Preprocessing m_preprocessing;
    c10::Device m_device;
};

} // namespace thaw

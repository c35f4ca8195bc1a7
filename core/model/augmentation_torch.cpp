#include "core/model/augmentation_torch.h"

#include "core/model/batch_inputs_torch.h"

#include <algorithm>

namespace thaw {

namespace {

// As torch.nn.functional.grid_sample numbers them.
constexpr std::int64_t bilinear = 0;
constexpr std::int64_t reflection = 2;

at::Tensor perChannel(const std::array<float, 3>& values, const at::Tensor& like)
{
    const at::Tensor channels = hostTensor({1, 3, 1, 1}, at::kFloat, like.device());
    std::copy(values.begin(), values.end(), channels.data_ptr<float>());
    return toDevice(channels, like.device());
}

} // namespace

at::Tensor warp(const at::Tensor& pictures, std::span<const AugmentationDraw> draws)
{
    const auto count = static_cast<std::int64_t>(draws.size());
    at::Tensor matrices = hostTensor({count, 2, 3}, at::kFloat, pictures.device()).zero_();
    auto values = matrices.accessor<float, 3>();
    for (std::int64_t i = 0; i < count; ++i) {
        // Both sides are equally long, so that halves of sides in place of pixels change nothing.
        const WarpMatrix matrix = warpMatrix(draws[static_cast<std::size_t>(i)]);
        values[i][0][0] = static_cast<float>(matrix.xFromX);
        values[i][0][1] = static_cast<float>(matrix.xFromY);
        values[i][1][0] = static_cast<float>(matrix.yFromX);
        values[i][1][1] = static_cast<float>(matrix.yFromY);
    }
    // With corners not aligned the picture is reflected about its outer edges, which repeats the edge pixel.
    const at::Tensor grid =
        at::affine_grid_generator(toDevice(matrices, pictures.device()), pictures.sizes(), false);
    return at::grid_sampler(pictures, grid, bilinear, reflection, false)
        .contiguous(at::MemoryFormat::ChannelsLast);
}

at::Tensor preprocess(const at::Tensor& pictures, const Preprocessing& preprocessing)
{
    const at::Tensor ordered = preprocessing.order == ChannelOrder::Bgr ? pictures.flip(1) : pictures;
    return ((ordered * preprocessing.scale - perChannel(preprocessing.mean, pictures)) /
            perChannel(preprocessing.std, pictures))
        .contiguous(at::MemoryFormat::ChannelsLast);
}

} // namespace thaw

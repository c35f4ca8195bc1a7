#include "core/model/augmentation_torch.h"

#include "core/data/input/augmentation_operations.h"
#include "core/model/batch_inputs_torch.h"
#include "core/model/colour_changes_torch.h"

#include <algorithm>

namespace thaw {

namespace {

// As torch.nn.functional.grid_sample numbers them.
constexpr std::int64_t bilinear = 0;
constexpr std::int64_t zeroPadding = 0;
constexpr std::int64_t borderPadding = 1;
constexpr std::int64_t reflectionPadding = 2;

at::Tensor perChannel(const std::array<float, 3>& values, const at::Tensor& like)
{
    const at::Tensor channels = hostTensor({1, 3, 1, 1}, at::kFloat, like.device());
    std::copy(values.begin(), values.end(), channels.data_ptr<float>());
    return toDevice(channels, like.device());
}

std::int64_t paddingOf(FillMode fill)
{
    switch (fill) {
    case FillMode::Reflect:
        return reflectionPadding;
    case FillMode::Constant:
        return zeroPadding;
    case FillMode::Nearest:
    case FillMode::Wrap:
        break;
    }
    return borderPadding;
}

/// grid_sample does not wrap: the grid is brought into the picture, whose first row and column follow its
/// last ones.
at::Tensor sampleWrapped(const at::Tensor& pictures, const at::Tensor& grid)
{
    const double side = static_cast<double>(pictures.size(3));
    const at::Tensor pixels = ((grid + 1) * side - 1) / 2;
    const at::Tensor inside = pixels - at::floor(pixels / side) * side;
    const at::Tensor wider = at::cat({pictures, pictures.narrow(3, 0, 1)}, 3);
    const at::Tensor larger = at::cat({wider, wider.narrow(2, 0, 1)}, 2);
    return at::grid_sampler(larger, (inside * 2 + 1) / (side + 1) - 1, bilinear, borderPadding, false);
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
        values[i][0][2] = static_cast<float>(2 * matrix.shiftX);
        values[i][1][2] = static_cast<float>(2 * matrix.shiftY);
    }
    // With corners not aligned the picture is reflected about its outer edges, which repeats the edge pixel.
    const at::Tensor grid =
        at::affine_grid_generator(toDevice(matrices, pictures.device()), pictures.sizes(), false);
    const FillMode fill = draws.empty() ? FillMode::Reflect : draws.front().fill;
    const at::Tensor sampled = fill == FillMode::Wrap
                                   ? sampleWrapped(pictures, grid)
                                   : at::grid_sampler(pictures, grid, bilinear, paddingOf(fill), false);
    return sampled.contiguous(at::MemoryFormat::ChannelsLast);
}

at::Tensor augment(const at::Tensor& pictures, std::span<const AugmentationDraw> draws)
{
    at::Tensor varied = warp(pictures, draws);
    for (const AugmentationOperation& operation : augmentationOperations()) {
        if (operation.group == AugmentationGroup::Colour && std::ranges::any_of(draws, operation.acts)) {
            varied = colourChangeNamed(operation.name)(varied, draws);
        }
    }
    return varied.contiguous(at::MemoryFormat::ChannelsLast);
}

at::Tensor preprocess(const at::Tensor& pictures, const Preprocessing& preprocessing)
{
    const at::Tensor ordered = preprocessing.order == ChannelOrder::Bgr ? pictures.flip(1) : pictures;
    return ((ordered * preprocessing.scale - perChannel(preprocessing.mean, pictures)) /
            perChannel(preprocessing.std, pictures))
        .contiguous(at::MemoryFormat::ChannelsLast);
}

} // namespace thaw

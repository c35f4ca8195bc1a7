#include "core/model/colour_changes_torch.h"

#include "core/base/error.h"
#include "core/data/input/colour_changes.h"
#include "core/model/batch_inputs_torch.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

namespace thaw {

namespace {

using DrawsOfBatch = std::span<const AugmentationDraw>;

constexpr double highestLevel = 255;
/// Divides in place of a range of 0.
constexpr double leastRange = 1e-12;

/// A number for each picture: [N, 1, 1, 1].
template <typename Member>
at::Tensor perPicture(const at::Tensor& pictures, DrawsOfBatch draws, Member AugmentationDraw::*member)
{
    const at::Tensor values =
        hostTensor({static_cast<std::int64_t>(draws.size()), 1, 1, 1}, at::kFloat, pictures.device());
    std::ranges::transform(draws, values.data_ptr<float>(), [member](const AugmentationDraw& draw) {
        return static_cast<float>(draw.*member);
    });
    return toDevice(values, pictures.device());
}

at::Tensor changeBrightness(const at::Tensor& pictures, DrawsOfBatch draws)
{
    return (pictures + perPicture(pictures, draws, &AugmentationDraw::brightness)).clamp(0, highestLevel);
}

at::Tensor changeContrast(const at::Tensor& pictures, DrawsOfBatch draws)
{
    const at::Tensor means = pictures.mean({2, 3}, true);
    const at::Tensor factors = perPicture(pictures, draws, &AugmentationDraw::contrast);
    return ((pictures - means) * factors + means).clamp(0, highestLevel);
}

at::Tensor changeSaturation(const at::Tensor& pictures, DrawsOfBatch draws)
{
    const at::Tensor value = pictures.amax({1}, true);
    const at::Tensor range = (value - pictures.amin({1}, true)).clamp_min(leastRange);
    const at::Tensor wanted = perPicture(pictures, draws, &AugmentationDraw::saturation);
    return value - (value - pictures) * at::minimum(wanted, value / range);
}

at::Tensor turnHue(const at::Tensor& pictures, DrawsOfBatch draws)
{
    const at::Tensor red = pictures.narrow(1, 0, 1);
    const at::Tensor green = pictures.narrow(1, 1, 1);
    const at::Tensor blue = pictures.narrow(1, 2, 1);
    const at::Tensor value = pictures.amax({1}, true);
    const at::Tensor range = value - pictures.amin({1}, true);
    const at::Tensor divisor = range.clamp_min(leastRange);
    const at::Tensor hue =
        at::where(value == red, (green - blue) / divisor,
                  at::where(value == green, (blue - red) / divisor + 2, (red - green) / divisor + 4));
    const at::Tensor turned = hue + perPicture(pictures, draws, &AugmentationDraw::hueTurns) * 6;
    const auto channel = [&](double offset) {
        const at::Tensor place = at::remainder(turned + offset, 6);
        return value - range * at::minimum(place, 4 - place).clamp(0, 1);
    };
    return at::cat({channel(5), channel(3), channel(1)}, 1);
}

at::Tensor removeColour(const at::Tensor& pictures, DrawsOfBatch draws)
{
    const at::Tensor grey = pictures.narrow(1, 0, 1) * 0.2989 + pictures.narrow(1, 1, 1) * 0.587 +
                            pictures.narrow(1, 2, 1) * 0.114;
    return at::where(perPicture(pictures, draws, &AugmentationDraw::isGrey) > 0, grey, pictures);
}

at::Tensor eraseBoxes(const at::Tensor& pictures, DrawsOfBatch draws)
{
    const auto side = static_cast<int>(pictures.size(3));
    for (std::size_t i = 0; i < draws.size(); ++i) {
        const ErasedPatch patch = erasedPatch(draws[i].erased, side, static_cast<int>(pictures.size(2)));
        if (!patch.noise.empty()) {
            const at::Tensor noise =
                hostTensor({patch.noise.height, patch.noise.width, 3}, at::kFloat, pictures.device());
            std::ranges::copy(patch.noise.pixels, noise.data_ptr<float>());
            pictures[static_cast<std::int64_t>(i)]
                .narrow(1, patch.top, patch.noise.height)
                .narrow(2, patch.left, patch.noise.width)
                .copy_(toDevice(noise, pictures.device()).permute({2, 0, 1}));
        }
    }
    return pictures;
}

constexpr std::pair<std::string_view, ColourChange> colourChanges[]{
    {"brightness", changeBrightness}, {"contrast", changeContrast},
    {"saturation", changeSaturation}, {"hue", turnHue},
    {"grayscale", removeColour},      {"erasing", eraseBoxes},
};

} // namespace

ColourChange colourChangeNamed(std::string_view name)
{
    const auto found =
        std::ranges::find(colourChanges, name, [](const auto& change) { return change.first; });
    if (found == std::end(colourChanges)) {
        throw Error(ErrorCode::Internal, {},
                    "the augmentation " + std::string(name) + " has no device function");
    }
    return found->second;
}

} // namespace thaw

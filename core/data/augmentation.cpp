#include "core/data/augmentation.h"

#include "core/base/random.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>

namespace thaw {

namespace {

constexpr std::uint64_t augmentationTag = 0x6175676D656E74; // "augment"
constexpr std::uint64_t viewStream = 3;

/// Where an output pixel comes from: source = offset + byX · x + byY · y.
struct Affine
{
    float offsetX, offsetY;
    float byXx, byXy; ///< change of the source's x and y with the output's x
    float byYx, byYy; ///< the same with the output's y
};

Affine sourceOf(const FloatImage& image, const AugmentationDraw& draw)
{
    const double centreX = (image.width - 1) / 2.0;
    const double centreY = (image.height - 1) / 2.0;
    const auto [xFromX, xFromY, yFromX, yFromY] = warpMatrix(draw);
    return {static_cast<float>(centreX - xFromX * centreX - xFromY * centreY),
            static_cast<float>(centreY - yFromX * centreX - yFromY * centreY),
            static_cast<float>(xFromX),
            static_cast<float>(yFromX),
            static_cast<float>(xFromY),
            static_cast<float>(yFromY)};
}

int floorOf(float value)
{
    const int whole = static_cast<int>(value);
    return whole - (value < static_cast<float>(whole));
}

/// d c b a | a b c d | d c b a, for any distance.
int reflect(int index, int count)
{
    const int period = 2 * count;
    int within = index % period;
    within += within < 0 ? period : 0;
    return within < count ? within : period - 1 - within;
}

} // namespace

int viewOf(int views, std::uint64_t seed, int epoch, std::uint64_t contentKey)
{
    const int round = (epoch - 1) / views;
    const int place = (epoch - 1) % views;
    if (round == 0) {
        return place;
    }
    const auto order = permutation(static_cast<std::uint32_t>(views),
                                   mixKey({seed, viewStream, static_cast<std::uint64_t>(round), contentKey}));
    return static_cast<int>(order[static_cast<std::size_t>(place)]);
}

AugmentationDraw drawAugmentation(const AugmentationSpec& spec, std::uint64_t seed, int epoch,
                                  std::uint64_t contentKey)
{
    const bool isStored = spec.views > 0;
    const int number = isStored ? viewOf(spec.views, seed, epoch, contentKey) + 1 : epoch;
    RandomStream random(mixKey(
        {isStored ? spec.viewsSeed : seed, static_cast<std::uint64_t>(number), contentKey, augmentationTag}));
    AugmentationDraw draw;
    draw.flip = random.uniform() < spec.flip;
    draw.rotationTurns = spec.rotation * random.uniform(-1, 1);
    draw.zoom = spec.zoom * random.uniform(-1, 1);
    return draw;
}

WarpMatrix warpMatrix(const AugmentationDraw& draw)
{
    const double scale = 1 + draw.zoom;
    const double angle = 2 * std::numbers::pi * draw.rotationTurns;
    const double cosine = scale * std::cos(angle);
    const double sine = scale * std::sin(angle);
    const double mirror = draw.flip ? -1 : 1;
    // The flip comes first, so going back it comes last: it mirrors the source's x alone.
    return {mirror * cosine, mirror * -sine, sine, cosine};
}

FloatImage warp(const FloatImage& image, const AugmentationDraw& draw)
{
    if (draw.isIdentity() || image.empty()) {
        return image;
    }
    const Affine affine = sourceOf(image, draw);
    const int width = image.width;
    const int height = image.height;
    const std::size_t stride = static_cast<std::size_t>(width) * 3;
    FloatImage result{width, height, std::vector<float>(image.pixels.size())};
    float* out = result.pixels.data();
    for (int y = 0; y < height; ++y) {
        const float rowX = affine.offsetX + affine.byYx * static_cast<float>(y);
        const float rowY = affine.offsetY + affine.byYy * static_cast<float>(y);
        for (int x = 0; x < width; ++x, out += 3) {
            const float sourceX = rowX + affine.byXx * static_cast<float>(x);
            const float sourceY = rowY + affine.byXy * static_cast<float>(x);
            int left = floorOf(sourceX);
            int top = floorOf(sourceY);
            const float shareX = sourceX - static_cast<float>(left);
            const float shareY = sourceY - static_cast<float>(top);
            int right = left + 1;
            int bottom = top + 1;
            if (left < 0 || top < 0 || right >= width || bottom >= height) {
                left = reflect(left, width);
                right = reflect(right, width);
                top = reflect(top, height);
                bottom = reflect(bottom, height);
            }
            const float* above = image.pixels.data() + static_cast<std::size_t>(top) * stride;
            const float* below = image.pixels.data() + static_cast<std::size_t>(bottom) * stride;
            const std::size_t l = static_cast<std::size_t>(left) * 3;
            const std::size_t r = static_cast<std::size_t>(right) * 3;
            for (std::size_t c = 0; c < 3; ++c) {
                const float first = above[l + c] + shareX * (above[r + c] - above[l + c]);
                const float second = below[l + c] + shareX * (below[r + c] - below[l + c]);
                out[c] = first + shareY * (second - first);
            }
        }
    }
    return result;
}

} // namespace thaw

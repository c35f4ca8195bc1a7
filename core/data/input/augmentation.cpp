#include "core/data/input/augmentation.h"

#include "core/base/enum_names.h"
#include "core/base/random.h"
#include "core/data/input/augmentation_operations.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <string_view>
#include <utility>

namespace thaw {

namespace {

constexpr EnumNames<FillMode, 4> fillModeNames{{{FillMode::Reflect, "reflect"},
                                                {FillMode::Constant, "constant"},
                                                {FillMode::Nearest, "nearest"},
                                                {FillMode::Wrap, "wrap"}}};
static_assert(isComplete(fillModeNames, FillMode::Wrap));

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
    const auto [xFromX, xFromY, yFromX, yFromY, shiftX, shiftY] = warpMatrix(draw);
    return {static_cast<float>(centreX - xFromX * centreX - xFromY * centreY + shiftX * image.width),
            static_cast<float>(centreY - yFromX * centreX - yFromY * centreY + shiftY * image.height),
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
    const int fromEdge = index < 0 ? -1 - index : index;
    const int within = fromEdge < 2 * count ? fromEdge : fromEdge % (2 * count);
    return within < count ? within : 2 * count - 1 - within;
}

/// The pixel that stands for one beyond the edge; −1: none does.
int indexInside(int index, int count, FillMode fill)
{
    switch (fill) {
    case FillMode::Reflect:
        return reflect(index, count);
    case FillMode::Nearest:
        return std::clamp(index, 0, count - 1);
    case FillMode::Wrap:
        return (index % count + count) % count;
    case FillMode::Constant:
        break;
    }
    return index < 0 || index >= count ? -1 : index;
}

/// The four pixels around a point.
struct Neighbours
{
    const float *upperLeft, *upperRight, *lowerLeft, *lowerRight;
};

Neighbours neighboursInside(const float* upperLeft, std::ptrdiff_t stride)
{
    return {upperLeft, upperLeft + 3, upperLeft + stride, upperLeft + stride + 3};
}

Neighbours neighboursAtEdge(const FloatImage& image, int left, int top, FillMode fill)
{
    static constexpr std::array<float, 3> black{};
    const int right = indexInside(left + 1, image.width, fill);
    const int bottom = indexInside(top + 1, image.height, fill);
    left = indexInside(left, image.width, fill);
    top = indexInside(top, image.height, fill);
    const auto pixel = [&image](int x, int y) {
        const auto place = static_cast<std::ptrdiff_t>(y) * image.width + x;
        return x < 0 || y < 0 ? black.data() : image.pixels.data() + place * 3;
    };
    return {pixel(left, top), pixel(right, top), pixel(left, bottom), pixel(right, bottom)};
}

/// FNV-1a: the key of an operation's own draws. Never changes, as mixKey() does not.
std::uint64_t nameKey(std::string_view name)
{
    std::uint64_t key = 0xCBF29CE484222325u;
    for (const char letter : name) {
        key = (key ^ static_cast<unsigned char>(letter)) * 0x100000001B3u;
    }
    return key;
}

} // namespace

const char* nameOf(FillMode fill)
{
    return nameIn(fillModeNames, fill);
}

bool AugmentationSpec::isIdentity() const
{
    return std::ranges::all_of(augmentationOperations(), [this](const AugmentationOperation& operation) {
        return this->*operation.strength == 0;
    });
}

bool AugmentationDraw::isIdentity() const
{
    AugmentationDraw none;
    none.fill = fill;
    return *this == none;
}

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
    const std::uint64_t drawSeed = isStored ? spec.viewsSeed : seed;
    const auto number =
        static_cast<std::uint64_t>(isStored ? viewOf(spec.views, seed, epoch, contentKey) + 1 : epoch);
    RandomStream shared(mixKey({drawSeed, number, contentKey, augmentationTag}));
    AugmentationDraw draw;
    draw.fill = spec.fill;
    for (const AugmentationOperation& operation : augmentationOperations()) {
        const double strength = spec.*operation.strength;
        if (operation.stream == DrawStream::Shared) {
            operation.draw(strength, shared, draw);
        } else if (strength > 0) {
            RandomStream own(
                mixKey({drawSeed, number, contentKey, augmentationTag, nameKey(operation.name)}));
            operation.draw(strength, own, draw);
        }
    }
    return draw;
}

WarpMatrix warpMatrix(const AugmentationDraw& draw)
{
    const double scale = 1 + draw.zoom;
    const double angle = 2 * std::numbers::pi * draw.rotationTurns;
    const double cosine = scale * std::cos(angle);
    const double sine = scale * std::sin(angle);
    // Going back, what comes first comes last: the flips mirror the source alone.
    const double mirrorX = draw.flip ? -1 : 1;
    const double mirrorY = draw.verticalFlip ? -1 : 1;
    return {mirrorX * (cosine + draw.shearX * sine),
            mirrorX * (-sine + draw.shearX * cosine),
            mirrorY * (sine + draw.shearY * cosine),
            mirrorY * (cosine - draw.shearY * sine),
            mirrorX * -draw.shiftX,
            mirrorY * -draw.shiftY};
}

FloatImage warp(const FloatImage& image, const AugmentationDraw& draw)
{
    if (image.empty() || warpMatrix(draw) == WarpMatrix{}) {
        return image;
    }
    const Affine affine = sourceOf(image, draw);
    const int width = image.width;
    const int height = image.height;
    const std::ptrdiff_t stride = static_cast<std::ptrdiff_t>(width) * 3;
    FloatImage result{width, height, std::vector<float>(image.pixels.size())};
    float* out = result.pixels.data();
    for (int y = 0; y < height; ++y) {
        const float rowX = affine.offsetX + affine.byYx * static_cast<float>(y);
        const float rowY = affine.offsetY + affine.byYy * static_cast<float>(y);
        for (int x = 0; x < width; ++x, out += 3) {
            const float sourceX = rowX + affine.byXx * static_cast<float>(x);
            const float sourceY = rowY + affine.byXy * static_cast<float>(x);
            const int left = floorOf(sourceX);
            const int top = floorOf(sourceY);
            const float shareX = sourceX - static_cast<float>(left);
            const float shareY = sourceY - static_cast<float>(top);
            const bool isInside = left >= 0 && top >= 0 && left + 1 < width && top + 1 < height;
            const auto [upperLeft, upperRight, lowerLeft, lowerRight] =
                isInside ? neighboursInside(image.pixels.data() + top * stride + left * 3, stride)
                         : neighboursAtEdge(image, left, top, draw.fill);
            for (std::size_t c = 0; c < 3; ++c) {
                const float first = upperLeft[c] + shareX * (upperRight[c] - upperLeft[c]);
                const float second = lowerLeft[c] + shareX * (lowerRight[c] - lowerLeft[c]);
                out[c] = first + shareY * (second - first);
            }
        }
    }
    return result;
}

FloatImage augment(FloatImage image, const AugmentationDraw& draw)
{
    FloatImage varied = warpMatrix(draw) == WarpMatrix{} ? std::move(image) : warp(image, draw);
    for (const AugmentationOperation& operation : augmentationOperations()) {
        if (operation.group == AugmentationGroup::Colour && operation.acts(draw)) {
            operation.apply(varied, draw);
        }
    }
    return varied;
}

} // namespace thaw

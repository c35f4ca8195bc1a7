#include "core/data/input/colour_changes.h"

#include "core/base/random.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>

namespace thaw {

namespace {

constexpr float highestLevel = 255;
/// Divides in place of a range of 0.
constexpr float leastRange = 1e-12f;

/// Whole grey levels of clipped normal noise, 256 equally likely ones.
const std::array<float, 256>& noiseLevels()
{
    static const std::array<float, 256> levels = [] {
        std::array<float, 256> values{};
        for (std::size_t i = 0; i < values.size(); ++i) {
            const double share = (static_cast<double>(i) + 0.5) / 256;
            // The normal distribution's quantile, by halving: only values up to one deviation are not
            // clipped.
            double low = 0;
            double high = 1;
            for (int step = 0; step < 40; ++step) {
                const double middle = (low + high) / 2;
                (std::erfc(-middle / std::numbers::sqrt2) / 2 < share ? low : high) = middle;
            }
            values[i] = static_cast<float>(std::round(low * highestLevel));
        }
        return values;
    }();
    return levels;
}

/// Pixels between two shares of a side; a pixel belongs to the range where its left or upper edge does.
int pixelFrom(double share, int side)
{
    return std::clamp(static_cast<int>(std::ceil(share * side)), 0, side);
}

} // namespace

void changeBrightness(FloatImage& image, double levels)
{
    const auto added = static_cast<float>(levels);
    for (float& value : image.pixels) {
        value = std::clamp(value + added, 0.0f, highestLevel);
    }
}

void changeContrast(FloatImage& image, double factor)
{
    std::array<double, 3> sums{};
    for (std::size_t i = 0; i < image.pixels.size(); i += 3) {
        sums[0] += image.pixels[i];
        sums[1] += image.pixels[i + 1];
        sums[2] += image.pixels[i + 2];
    }
    std::array<float, 3> means{};
    for (std::size_t c = 0; c < 3; ++c) {
        means[c] = static_cast<float>(sums[c] * 3 / static_cast<double>(image.pixels.size()));
    }
    const auto scale = static_cast<float>(factor);
    for (std::size_t i = 0; i < image.pixels.size(); i += 3) {
        for (std::size_t c = 0; c < 3; ++c) {
            float& value = image.pixels[i + c];
            value = std::clamp((value - means[c]) * scale + means[c], 0.0f, highestLevel);
        }
    }
}

void changeSaturation(FloatImage& image, double factor)
{
    const auto wanted = static_cast<float>(factor);
    for (std::size_t i = 0; i < image.pixels.size(); i += 3) {
        float* pixel = &image.pixels[i];
        const float value = std::max(std::max(pixel[0], pixel[1]), pixel[2]);
        const float range = value - std::min(std::min(pixel[0], pixel[1]), pixel[2]);
        // Saturation is range / value, and 1 at most.
        const float scale = std::min(wanted, value / std::max(range, leastRange));
        for (std::size_t c = 0; c < 3; ++c) {
            pixel[c] = value - (value - pixel[c]) * scale;
        }
    }
}

void turnHue(FloatImage& image, double turns)
{
    const auto sixths = static_cast<float>(6 * turns);
    for (std::size_t i = 0; i < image.pixels.size(); i += 3) {
        float* pixel = &image.pixels[i];
        const float red = pixel[0];
        const float green = pixel[1];
        const float blue = pixel[2];
        const float value = std::max(std::max(red, green), blue);
        const float range = value - std::min(std::min(red, green), blue);
        const float inverse = 1 / std::max(range, leastRange);
        const float hue = value == red     ? (green - blue) * inverse
                          : value == green ? 2 + (blue - red) * inverse
                                           : 4 + (red - green) * inverse;
        float turned = hue + sixths;
        turned += turned < 0 ? 6.0f : 0.0f;
        turned -= turned >= 6 ? 6.0f : 0.0f;
        // Each channel is a trapezium over the colour circle, a third of a turn from the next.
        const auto channel = [&](float offset) {
            float place = turned + offset;
            place -= place >= 6 ? 6.0f : 0.0f;
            return value - range * std::clamp(std::min(place, 4 - place), 0.0f, 1.0f);
        };
        pixel[0] = channel(5);
        pixel[1] = channel(3);
        pixel[2] = channel(1);
    }
}

void removeColour(FloatImage& image)
{
    for (std::size_t i = 0; i < image.pixels.size(); i += 3) {
        float* pixel = &image.pixels[i];
        const float grey = 0.2989f * pixel[0] + 0.587f * pixel[1] + 0.114f * pixel[2];
        std::fill_n(pixel, 3, grey);
    }
}

ErasedPatch erasedPatch(const ErasedBox& box, int width, int height)
{
    ErasedPatch patch{pixelFrom(box.left, width), pixelFrom(box.top, height), {}};
    FloatImage& noise = patch.noise;
    noise.width = pixelFrom(box.left + box.width, width) - patch.left;
    noise.height = pixelFrom(box.top + box.height, height) - patch.top;
    noise.pixels.resize(static_cast<std::size_t>(noise.width) * static_cast<std::size_t>(noise.height) * 3);
    const std::array<float, 256>& levels = noiseLevels();
    RandomStream random(box.noiseKey);
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < noise.pixels.size(); ++i) {
        bits = i % 8 == 0 ? random.next() : bits >> 8;
        noise.pixels[i] = levels[bits & 0xFF];
    }
    return patch;
}

void eraseBox(FloatImage& image, const ErasedBox& box)
{
    const ErasedPatch patch = erasedPatch(box, image.width, image.height);
    const auto rowLength = static_cast<std::size_t>(patch.noise.width) * 3;
    for (int y = 0; y < patch.noise.height; ++y) {
        const auto row = static_cast<std::size_t>(patch.top + y);
        const std::size_t target =
            (row * static_cast<std::size_t>(image.width) + static_cast<std::size_t>(patch.left)) * 3;
        std::copy_n(patch.noise.pixels.begin() + y * static_cast<std::ptrdiff_t>(rowLength), rowLength,
                    image.pixels.begin() + static_cast<std::ptrdiff_t>(target));
    }
}

} // namespace thaw

#include "core/explain/map_rendering.h"

#include "core/base/atomic_file.h"
#include "core/data/image/image_io.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace thaw {

namespace {

constexpr int heatColours = 256;

std::uint8_t encoded(double light)
{
    const double clamped = std::clamp(light, 0.0, 1.0);
    const double value = clamped <= 0.0031308 ? 12.92 * clamped : 1.055 * std::pow(clamped, 1 / 2.4) - 0.055;
    return static_cast<std::uint8_t>(std::lround(255 * value));
}

/// OKLab (Ottosson 2020) to sRGB.
HeatColour colourOf(double lightness, double chroma, double hue)
{
    const double a = chroma * std::cos(hue);
    const double b = chroma * std::sin(hue);
    const double l = std::pow(lightness + 0.3963377774 * a + 0.2158037573 * b, 3);
    const double m = std::pow(lightness - 0.1055613458 * a - 0.0638541728 * b, 3);
    const double s = std::pow(lightness - 0.0894841775 * a - 1.2914855480 * b, 3);
    return {encoded(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
            encoded(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
            encoded(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s)};
}

/// From dark violet by red to light yellow: lightness rises evenly, with nearly the most chroma that sRGB
/// has.
std::array<HeatColour, heatColours> makeHeatColours()
{
    constexpr double pi = std::numbers::pi;
    std::array<HeatColour, heatColours> colours{};
    for (int i = 0; i < heatColours; ++i) {
        const double t = i / (heatColours - 1.0);
        const double chroma = 0.1 + 0.03 * t + 0.06 * std::sin(pi * t);
        colours[static_cast<std::size_t>(i)] = colourOf(0.2 + 0.75 * t, chroma, (280 + 185 * t) * pi / 180);
    }
    return colours;
}

/// Between which two of a map's places a point lies, and how far.
struct Between
{
    int low = 0;
    int high = 0;
    float share = 0;
    bool isInside = true; ///< of the square
};

/// For `count` pixels that lie from `begin` on, as shares of the square, `step` apart.
std::vector<Between> axisOf(int count, double begin, double step, int places)
{
    std::vector<Between> axis;
    for (int i = 0; i < count; ++i) {
        const double at = begin + (i + 0.5) * step;
        const double position = std::clamp(at * places - 0.5, 0.0, places - 1.0);
        const int low = static_cast<int>(position);
        axis.push_back(
            {low, std::min(low + 1, places - 1), static_cast<float>(position - low), at >= 0 && at <= 1});
    }
    return axis;
}

float valueAt(const PlaceMap& map, const Between& y, const Between& x)
{
    const auto at = [&map](int row, int column) {
        return map.values[static_cast<std::size_t>(row) * static_cast<std::size_t>(map.width) +
                          static_cast<std::size_t>(column)];
    };
    const float above = at(y.low, x.low) + x.share * (at(y.low, x.high) - at(y.low, x.low));
    const float below = at(y.high, x.low) + x.share * (at(y.high, x.high) - at(y.high, x.low));
    return above + y.share * (below - above);
}

/// Puts a colour over a pixel, whose own colour goes first: what is seen of colours is then the map's.
void blend(std::uint8_t* pixel, const HeatColour& colour, double share)
{
    const double grey = 0.2126 * pixel[0] + 0.7152 * pixel[1] + 0.0722 * pixel[2];
    const double paleness = std::min(2 * share, 1.0);
    for (std::size_t channel = 0; channel < 3; ++channel) {
        const double below = pixel[channel] + paleness * (grey - pixel[channel]);
        pixel[channel] = static_cast<std::uint8_t>(std::lround(below + share * (colour[channel] - below)));
    }
}

/// Where the picture's pixels lie in the square, one axis of it.
struct Placement
{
    double begin = 0; ///< of the first pixel, as a share of the square
    double step = 0;  ///< from pixel to pixel
};

Placement placementOf(int length, int other, ResizeRule resize)
{
    double side = length; // pixels of the picture along the square
    if (resize == ResizeRule::CenterCrop) {
        side = std::min(length, other);
    } else if (resize == ResizeRule::Letterbox) {
        side = std::max(length, other);
    }
    return {(side - length) / 2 / side, 1 / side};
}

/// Means over blocks of `by` × `by` pixels; what is left at the right and below is left out.
RgbImage shrunk(const RgbImage& image, int by)
{
    RgbImage small{std::max(image.width / by, 1), std::max(image.height / by, 1), {}};
    const int blockWidth = std::min(by, image.width);
    const int blockHeight = std::min(by, image.height);
    const int count = blockWidth * blockHeight;
    small.pixels.reserve(static_cast<std::size_t>(small.width) * static_cast<std::size_t>(small.height) * 3);
    for (int y = 0; y < small.height; ++y) {
        for (int x = 0; x < small.width; ++x) {
            std::array<std::int64_t, 3> sums{};
            for (int row = y * by; row < y * by + blockHeight; ++row) {
                const std::uint8_t* pixel =
                    image.pixels.data() +
                    (static_cast<std::size_t>(row) * static_cast<std::size_t>(image.width) +
                     static_cast<std::size_t>(x) * static_cast<std::size_t>(by)) *
                        3;
                for (int i = 0; i < blockWidth * 3; ++i) {
                    sums[static_cast<std::size_t>(i % 3)] += pixel[i];
                }
            }
            for (const std::int64_t sum : sums) {
                small.pixels.push_back(static_cast<std::uint8_t>((sum + count / 2) / count));
            }
        }
    }
    return small;
}

} // namespace

HeatColour heatColour(double heat)
{
    static const std::array<HeatColour, heatColours> colours = makeHeatColours();
    const double clamped = heat > 0 ? std::min(heat, 1.0) : 0.0;
    return colours[static_cast<std::size_t>(std::lround(clamped * (heatColours - 1)))];
}

float commonScale(std::span<const Explanation> shown)
{
    float scale = 0;
    for (const Explanation& explanation : shown) {
        scale = std::max(scale, explanation.largest);
    }
    return scale;
}

float scaleOf(const Explanation& explanation, bool oneSigmoid)
{
    return oneSigmoid ? std::max(explanation.largest, explanation.largestAgainst) : explanation.largest;
}

PlaceMap enlarged(const PlaceMap& map, int width, int height)
{
    const std::vector<Between> columns = axisOf(width, 0, 1.0 / width, map.width);
    const std::vector<Between> rows = axisOf(height, 0, 1.0 / height, map.height);
    PlaceMap result{height, width, {}};
    result.values.reserve(rows.size() * columns.size());
    for (const Between& y : rows) {
        for (const Between& x : columns) {
            result.values.push_back(valueAt(map, y, x));
        }
    }
    return result;
}

RgbImage overlaid(const RgbImage& picture, const PlaceMap& map, ResizeRule resize, float scale,
                  double opacity)
{
    const Placement across = placementOf(picture.width, picture.height, resize);
    const Placement down = placementOf(picture.height, picture.width, resize);
    const std::vector<Between> columns = axisOf(picture.width, across.begin, across.step, map.width);
    const std::vector<Between> rows = axisOf(picture.height, down.begin, down.step, map.height);
    const double share = opacity > 0 ? std::min(opacity, 1.0) : 0.0;
    RgbImage result = picture;
    std::uint8_t* pixel = result.pixels.data();
    for (const Between& y : rows) {
        for (const Between& x : columns) {
            if (y.isInside && x.isInside) {
                const float value = valueAt(map, y, x);
                blend(pixel, heatColour(scale > 0 ? static_cast<double>(value) / scale : 0.0), share);
            }
            pixel += 3;
        }
    }
    return result;
}

RgbImage pictureToShow(const std::filesystem::path& path, const TransformSpec& transform, int longest)
{
    DecodeOptions options;
    options.applyOrientation = transform.applyOrientation;
    options.enoughSide = longest / 2;
    options.dctMethod = transform.dctMethod;
    RgbImage image = decodeImage(readFile(path, maxImageFileSize), path, options);
    const int longer = std::max(image.width, image.height);
    const int by = (longer + longest - 1) / longest;
    return by > 1 ? shrunk(image, by) : image;
}

} // namespace thaw

#include "core/data/input/resize.h"

#include "core/base/enum_names.h"
#include "core/base/error.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace thaw {

namespace {

constexpr EnumNames<ResizeRule, 4> ruleNames{{{ResizeRule::Stretch, "stretch"},
                                              {ResizeRule::CenterCrop, "center-crop"},
                                              {ResizeRule::Letterbox, "letterbox"},
                                              {ResizeRule::Antialiased, "antialiased"}}};
static_assert(isComplete(ruleNames, ResizeRule::Antialiased));

/// Which source positions make one output position, in `Axis::weights` from `weight` on.
struct Taps
{
    int first = 0;
    int count = 0;
    std::size_t weight = 0;
};

struct Axis
{
    std::vector<Taps> taps;
    std::vector<float> weights;
};

Axis bilinearAxis(int source, int target)
{
    Axis axis;
    const float scale = static_cast<float>(source) / static_cast<float>(target);
    for (int i = 0; i < target; ++i) {
        const float position = (static_cast<float>(i) + 0.5f) * scale - 0.5f;
        const int low = static_cast<int>(std::floor(position));
        const float share = position - static_cast<float>(low);
        const int first = std::clamp(low, 0, source - 1);
        const int second = std::clamp(low + 1, 0, source - 1);
        axis.taps.push_back({first, second - first + 1, axis.weights.size()});
        if (first == second) {
            axis.weights.push_back(1);
        } else {
            axis.weights.insert(axis.weights.end(), {1 - share, share});
        }
    }
    return axis;
}

/// Each output position is the mean over the stretch of the source that it covers.
Axis areaAxis(int source, int target)
{
    if (target >= source) {
        return bilinearAxis(source, target);
    }
    Axis axis;
    const double scale = static_cast<double>(source) / target;
    for (int i = 0; i < target; ++i) {
        const double from = i * scale;
        const double to = std::min<double>((i + 1) * scale, source);
        const int first = static_cast<int>(from);
        const int last = std::min(static_cast<int>(std::ceil(to)), source);
        axis.taps.push_back({first, last - first, axis.weights.size()});
        for (int j = first; j < last; ++j) {
            const double covered = std::min<double>(j + 1, to) - std::max<double>(j, from);
            axis.weights.push_back(static_cast<float>(covered / (to - from)));
        }
    }
    return axis;
}

/// A part of an image, in pixels.
struct Window
{
    int x = 0;
    int y = 0;
    int width = 0;
    int height = 0;
};

void resampleRow(const std::uint8_t* row, const Axis& axis, float* out)
{
    for (const Taps& taps : axis.taps) {
        const std::uint8_t* pixel = row + static_cast<std::size_t>(taps.first) * 3;
        const float* weight = axis.weights.data() + taps.weight;
        float r = 0;
        float g = 0;
        float b = 0;
        for (int i = 0; i < taps.count; ++i, pixel += 3) {
            r += weight[i] * static_cast<float>(pixel[0]);
            g += weight[i] * static_cast<float>(pixel[1]);
            b += weight[i] * static_cast<float>(pixel[2]);
        }
        out[0] = r;
        out[1] = g;
        out[2] = b;
        out += 3;
    }
}

/// Resamples the window `from` of `image` into the window `to` of `result`.
void resample(const RgbImage& image, const Window& from, const Axis& horizontal, const Axis& vertical,
              FloatImage& result, const Window& to)
{
    const std::size_t length = static_cast<std::size_t>(to.width) * 3;
    // An output row uses neighbouring source rows, and the next one at most one of them again: two kept rows,
    // by parity, save every second row of work.
    std::array<std::vector<float>, 2> rows{std::vector<float>(length), std::vector<float>(length)};
    std::array<int, 2> held{-1, -1};
    for (int y = 0; y < to.height; ++y) {
        const Taps& taps = vertical.taps[static_cast<std::size_t>(y)];
        float* out = result.pixels.data() + (static_cast<std::size_t>(to.y + y) * result.width + to.x) * 3;
        std::fill_n(out, length, 0.0f);
        for (int i = 0; i < taps.count; ++i) {
            const int source = taps.first + i;
            const std::size_t slot = static_cast<std::size_t>(source & 1);
            if (held[slot] != source) {
                held[slot] = source;
                const std::size_t start = static_cast<std::size_t>(from.y + source) * image.width + from.x;
                resampleRow(image.pixels.data() + start * 3, horizontal, rows[slot].data());
            }
            const float weight = vertical.weights[taps.weight + static_cast<std::size_t>(i)];
            const float* row = rows[slot].data();
            for (std::size_t x = 0; x < length; ++x) {
                out[x] += weight * row[x];
            }
        }
    }
}

} // namespace

const char* nameOf(ResizeRule rule)
{
    return nameIn(ruleNames, rule);
}

std::optional<ResizeRule> resizeRuleFromName(std::string_view name)
{
    return valueIn(ruleNames, name);
}

FloatImage resizeImage(const RgbImage& image, int size, ResizeRule rule)
{
    if (image.empty() || size <= 0) {
        throw Error(ErrorCode::Internal, {}, "an empty picture cannot be resized");
    }
    FloatImage result{
        size, size, std::vector<float>(static_cast<std::size_t>(size) * static_cast<std::size_t>(size) * 3)};
    Window from{0, 0, image.width, image.height};
    Window to{0, 0, size, size};
    if (rule == ResizeRule::CenterCrop) {
        const int side = std::min(image.width, image.height);
        from = {(image.width - side) / 2, (image.height - side) / 2, side, side};
    } else if (rule == ResizeRule::Letterbox) {
        const double scale = static_cast<double>(size) / std::max(image.width, image.height);
        to.width = std::clamp(static_cast<int>(std::lround(image.width * scale)), 1, size);
        to.height = std::clamp(static_cast<int>(std::lround(image.height * scale)), 1, size);
        to.x = (size - to.width) / 2;
        to.y = (size - to.height) / 2;
    }
    const auto axis = rule == ResizeRule::Antialiased ? areaAxis : bilinearAxis;
    resample(image, from, axis(from.width, to.width), axis(from.height, to.height), result, to);
    return result;
}

} // namespace thaw

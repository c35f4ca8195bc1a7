#include "core/model/weights_formats.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>

namespace thaw {

namespace {

struct LayerMarks
{
    double largestKernel;
    double largestBias;
    double weightedSum;
};

// The largest magnitudes are the published network's. The weighted sums were computed once, by weightedSum()
// below, from a copy with these magnitudes that gives Keras's pool outputs for the same picture.
constexpr std::array<LayerMarks, convolutionCount> published{{
    {.67140, 2.06404, -1.581755},
    {.28917, 1.02715, 3.176145},
    {.41661, .36547, -0.558410},
    {.27738, .63376, 2.180245},
    {.54441, .34950, -1.148869},
    {.45932, .27485, 1.152215},
    {.39154, .59477, 1.254572},
    {.31388, .31485, -3.297362},
    {.33766, .18238, -1.204270},
    {.25624, .33767, 0.490846},
    {.19044, .63975, -4.177020},
    {.20515, .91711, -2.646675},
    {.28700, 9.43155, 4.736514},
}};

struct KernelSum
{
    std::size_t layer;
    double sum;
    double tolerance; ///< half a unit of the last published digit, and as much for the order of adding
};
constexpr std::array<KernelSum, 2> publishedSums{{{0, -4.2127, 1e-4}, {12, -2552.5, 0.1}}};

/// How far a layer may lie from its marks.
struct Closeness
{
    double magnitude;      ///< of the largest values, absolutely
    double magnitudeShare; ///< or relatively, where that is more
    double weighted;       ///< of the weighted sum
};
// For the very numbers: the weighted sum far below what exchanging two typical values (about 0.01 apart) does
// to it.
constexpr Closeness theSame{2e-5, 0, 1e-3};
// For the same layer rounded to half precision or bfloat16 (2⁻⁹ of each value, .003 of the sum), or moved by
// some fine-tuning. torchvision's first layer is 58 times as large.
constexpr Closeness ofTheSameKind{2e-5, 0.01, 0.05};

double largest(const std::vector<float>& values)
{
    float result = 0;
    for (const float value : values) {
        result = std::max(result, std::abs(value));
    }
    return result;
}

/// Σ value·w(i) over kernel [out, in, 3, 3] and then bias, i counted through both, with
/// w(i) = (i · 2654435761 mod 2³²) / 2³² − ½: scattered, so that a value out of place shows.
double weightedSum(const ConvolutionWeights& layer)
{
    double sum = 0;
    std::uint32_t scattered = 0;
    for (const auto* values : {&layer.kernel, &layer.bias}) {
        for (const float value : *values) {
            sum += value * (scattered * 0x1p-32 - 0.5);
            scattered += 2654435761u;
        }
    }
    return sum;
}

std::string difference(const std::string& what, double found, double expected)
{
    char text[96];
    std::snprintf(text, sizeof text, ": %s %.5f instead of %.5f", what.c_str(), found, expected);
    return text;
}

/// How a layer differs, or an empty string.
std::string compareLayer(const ConvolutionWeights& layer, const LayerMarks& marks, const Closeness& close)
{
    const auto differ = [&close](double found, double expected) {
        return !(std::abs(found - expected) <= std::max(close.magnitude, close.magnitudeShare * expected));
    };
    const double kernel = largest(layer.kernel);
    if (differ(kernel, marks.largestKernel)) {
        return difference("largest kernel", kernel, marks.largestKernel);
    }
    const double bias = largest(layer.bias);
    if (differ(bias, marks.largestBias)) {
        return difference("largest bias", bias, marks.largestBias);
    }
    const double weighted = weightedSum(layer);
    if (!(std::abs(weighted - marks.weightedSum) <= close.weighted)) {
        return difference("weighted sum", weighted, marks.weightedSum);
    }
    return {};
}

/// [out, 3, 3, 3] with the inputs in the opposite order.
ConvolutionWeights withInputsReversed(ConvolutionWeights layer)
{
    constexpr std::size_t plane = 9;
    for (auto kernel = layer.kernel.begin(); kernel != layer.kernel.end(); kernel += 3 * plane) {
        std::swap_ranges(kernel, kernel + plane, kernel + 2 * plane);
    }
    return layer;
}

} // namespace

std::optional<Preprocessing> conventionOfFirstLayer(const ConvolutionWeights& layer)
{
    if (layer.inputs != 3 || layer.outputs != BackboneSpec{}.channels.front()) {
        return std::nullopt;
    }
    Preprocessing convention = caffePreprocessing();
    if (compareLayer(layer, published.front(), ofTheSameKind).empty()) {
        return convention;
    }
    if (!compareLayer(withInputsReversed(layer), published.front(), ofTheSameKind).empty()) {
        return std::nullopt;
    }
    convention.order = ChannelOrder::Rgb;
    std::reverse(convention.mean.begin(), convention.mean.end());
    return convention;
}

FingerprintReport checkImageNetFingerprint(const BaseWeights& weights)
{
    if (!weights.backbone().isPublished()) {
        return {false, "the blocks do not have 64, 128, 256, 512 and 512 channels", 0};
    }
    FingerprintReport report;
    for (std::size_t i = 0; i < published.size(); ++i) {
        const std::string text = compareLayer(weights.layers[i], published[i], theSame);
        if (text.empty()) {
            ++report.sameLayers;
        } else if (report.detail.empty()) {
            report.detail = convolutionNames()[i] + text;
        }
    }
    if (!report.detail.empty()) {
        return report;
    }
    for (const KernelSum& mark : publishedSums) {
        double sum = 0;
        for (const float value : weights.layers[mark.layer].kernel) {
            sum += value;
        }
        if (std::abs(sum - mark.sum) > mark.tolerance) {
            report.detail = convolutionNames()[mark.layer] + difference("kernel sum", sum, mark.sum);
            --report.sameLayers;
            return report;
        }
    }
    report.matches = true;
    return report;
}

} // namespace thaw

#include "core/base/hash.h"
#include "core/model/weights/format/weights_formats.h"

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
    const char* sha256; ///< of kernel [out, in, 3, 3] and then bias, as little-endian float32
};

// The hashes alone decide whether a layer is the published one: all else can be kept while values are
// changed. The other marks say in words how a layer differs, and find the convention of layers that were
// rounded or tuned. The largest magnitudes are the published network's. Weighted sums (weightedSum() below)
// and hashes were computed once, from a copy with these magnitudes that gives Keras's pool outputs for the
// same picture.
constexpr std::array<LayerMarks, convolutionCount> published{{
    {.67140, 2.06404, -1.581755, "49ff6ccab561ee255bddf9c6c300ad8181dddf5228b81a2abe7ac68e1fa73281"},
    {.28917, 1.02715, 3.176145, "f2b0b833622886388a7acb910e97d19819bdd7cbca032b12cb814fd50c3a3a58"},
    {.41661, .36547, -0.558410, "8265490d4f18025eefedcf2052104e0dd0d63c8fc8af44789f8fb2fb2dc348e2"},
    {.27738, .63376, 2.180245, "668e3006b17c421a707b55195a7e2e1bb355a257957614ea123a9f47601864d7"},
    {.54441, .34950, -1.148869, "de02d13c8b84a113969f178598b1174de7ab3af7c4a2981473d0630bb3ea184b"},
    {.45932, .27485, 1.152215, "9193c6ae59e34b5ce7023141abf785ca5f110135589a09367336af76327bf166"},
    {.39154, .59477, 1.254572, "b21337c4a12f311fb2e670261848442d8e9d62395ce3022fa788573de76c20b1"},
    {.31388, .31485, -3.297362, "6b8c595b57ee082f9cd670082c1cc2f3ef299f8fc2e8faf575497b3000e5b761"},
    {.33766, .18238, -1.204270, "057e570ad5f183c2b5c63d9d365f6c8024703d4634ce7ab40889ca58d8bc89f7"},
    {.25624, .33767, 0.490846, "97cb8a003fb4c045406f0273253e6519442c746f3742621b21d8c66de6df6580"},
    {.19044, .63975, -4.177020, "9e85bb3b41c915fd00defb04757b2ce8530619e3d52f0394af4ad2d511e924a2"},
    {.20515, .91711, -2.646675, "9d88c6d7b7fafe38c4029b1754990fa523af00d54bdab00e5fda76d9ee2dc888"},
    {.28700, 9.43155, 4.736514, "a6ee606c64da8d7da2f09c52276b245c7478036f5d26a32dd34678c204af072c"},
}};

/// How far a layer may lie from its marks.
struct Closeness
{
    double magnitude;      ///< of the largest values, absolutely
    double magnitudeShare; ///< or relatively, where that is more
    double weighted;       ///< of the weighted sum
};
// To tell by which mark a layer shows that it is another: the weighted sum far below what exchanging two
// typical values (about 0.01 apart) does to it.
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

std::string layerHash(const ConvolutionWeights& layer)
{
    Hasher hasher(HashKind::Sha256);
    hasher.add(layer.kernel.data(), layer.kernel.size() * sizeof(float));
    hasher.add(layer.bias.data(), layer.bias.size() * sizeof(float));
    return hasher.hex();
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
        if (layerHash(weights.layers[i]) == published[i].sha256) {
            ++report.sameLayers;
        } else if (report.detail.empty()) {
            const std::string text = compareLayer(weights.layers[i], published[i], theSame);
            report.detail =
                convolutionNames()[i] + (text.empty() ? ": some values are not the published ones" : text);
        }
    }
    report.matches = report.detail.empty();
    return report;
}

} // namespace thaw

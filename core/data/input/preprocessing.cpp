#include "core/data/input/preprocessing.h"

#include "core/base/error.h"
#include "core/base/number_text.h"

#include <cstddef>

namespace thaw {

namespace {

std::string listText(const std::array<float, 3>& values)
{
    return "(" + numberText(values[0]) + ", " + numberText(values[1]) + ", " + numberText(values[2]) + ")";
}

} // namespace

Preprocessing caffePreprocessing()
{
    return {};
}

Preprocessing torchvisionPreprocessing()
{
    return {ChannelOrder::Rgb, 1.0f / 255, {0.485f, 0.456f, 0.406f}, {0.229f, 0.224f, 0.225f}};
}

std::string formulaOf(const Preprocessing& preprocessing)
{
    std::string text = "pixel";
    if (preprocessing.scale != 1) {
        text += " × " + numberText(preprocessing.scale);
    }
    text += " − " + listText(preprocessing.mean);
    if (preprocessing.std != std::array<float, 3>{1, 1, 1}) {
        text = "(" + text + ") / " + listText(preprocessing.std);
    }
    return (preprocessing.order == ChannelOrder::Bgr ? "BGR, " : "RGB, ") + text;
}

void preprocess(const FloatImage& image, const Preprocessing& preprocessing, std::span<float> output)
{
    if (output.size() != image.pixels.size()) {
        throw Error(ErrorCode::Internal, {}, "the network's input has another size than the picture");
    }
    const std::size_t first = preprocessing.order == ChannelOrder::Bgr ? 2 : 0;
    const std::size_t third = 2 - first;
    const auto& [mean0, mean1, mean2] = preprocessing.mean;
    const auto& [std0, std1, std2] = preprocessing.std;
    const float scale = preprocessing.scale;
    const float* pixel = image.pixels.data();
    for (float *out = output.data(), *end = out + output.size(); out != end; out += 3, pixel += 3) {
        out[0] = (pixel[first] * scale - mean0) / std0;
        out[1] = (pixel[1] * scale - mean1) / std1;
        out[2] = (pixel[third] * scale - mean2) / std2;
    }
}

} // namespace thaw

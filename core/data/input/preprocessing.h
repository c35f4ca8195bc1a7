#pragma once

#include "core/base/image.h"

#include <array>
#include <span>
#include <string>

namespace thaw {

enum class ChannelOrder { Rgb, Bgr };

/// The input convention of a set of weights: value = (pixel · scale − mean[c]) / std[c], c counted in
/// `order`. It belongs to the weights file and travels with it into every checkpoint and export; conventions
/// never mix.
struct Preprocessing
{
    ChannelOrder order = ChannelOrder::Bgr;
    float scale = 1.0f;
    std::array<float, 3> mean{103.939f, 116.779f, 123.68f};
    std::array<float, 3> std{1.0f, 1.0f, 1.0f};

    bool operator==(const Preprocessing&) const = default;
};

/// Keras's vgg16.preprocess_input, "caffe" mode: BGR, mean subtracted, no scaling.
Preprocessing caffePreprocessing();
/// torchvision's: RGB, /255, mean .485/.456/.406, std .229/.224/.225.
Preprocessing torchvisionPreprocessing();

/// In one line, and the same line only for the same convention: "BGR, pixel − (103.939, 116.779, 123.68)",
/// "RGB, (pixel × 0.003921569 − (0.485, 0.456, 0.406)) / (0.229, 0.224, 0.225)".
std::string formulaOf(const Preprocessing& preprocessing);

/// Writes the network's input for one picture: [H, W, 3] in the convention's channel order.
/// @param output height · width · 3 values
void preprocess(const FloatImage& image, const Preprocessing& preprocessing, std::span<float> output);

} // namespace thaw

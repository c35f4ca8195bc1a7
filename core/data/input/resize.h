#pragma once

#include "core/base/image.h"

#include <optional>
#include <string_view>

namespace thaw {

/// How a picture of any shape becomes a square.
enum class ResizeRule {
    Stretch,     ///< both sides to size, bilinear, half-pixel centres, no antialiasing (Keras's loader)
    CenterCrop,  ///< the largest centred square, then as Stretch
    Letterbox,   ///< longest side to size, the rest black; then as Stretch
    Antialiased, ///< as Stretch with area averaging where it shrinks
};

const char* nameOf(ResizeRule rule); ///< "stretch", "center-crop", "letterbox", "antialiased"
std::optional<ResizeRule> resizeRuleFromName(std::string_view name);

/// To size × size, in float on the 0–255 scale.
FloatImage resizeImage(const RgbImage& image, int size, ResizeRule rule);

} // namespace thaw

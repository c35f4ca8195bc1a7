#pragma once

#include "core/base/image.h"

#include <cstdint>

namespace thaw {

/// One channel of a pixel of the given opacity, laid on white; both on the 0–255 scale, rounded.
constexpr std::uint8_t onWhite(std::uint32_t level, std::uint32_t alpha)
{
    return static_cast<std::uint8_t>((level * alpha + 255 * (255 - alpha) + 127) / 255);
}

/// 16 bits to 8, rounded: 65535 becomes 255.
constexpr std::uint8_t to8Bit(std::uint16_t level)
{
    return static_cast<std::uint8_t>((level + 128u) / 257u);
}

/// Turns and mirrors a stored picture upright. @param orientation EXIF's, 1–8
RgbImage orientUpright(RgbImage image, int orientation);

} // namespace thaw

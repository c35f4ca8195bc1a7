#pragma once

#include "core/data/image/image_header.h"

#include <cstddef>
#include <filesystem>
#include <span>

namespace thaw {

/// Decodes with OpenCV to 8-bit RGB as stored (not turned upright), transparency on white. Internal to
/// core/data; the caller has checked the size.
/// @param reduction 1; for a JPEG also 2, 4 or 8: both sides are divided by it
/// @throws Error ImageUnreadable, ImageFormatUnsupported, ImageTooLarge (memory does not hold it)
RgbImage decodeWithOpenCv(std::span<const std::byte> bytes, const ImageInspection& inspection, int reduction,
                          const std::filesystem::path& path);

} // namespace thaw

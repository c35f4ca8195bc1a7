#pragma once

#include "core/data/image_header.h"

#include <cstddef>
#include <filesystem>
#include <span>

namespace thaw {

/// Decodes with OpenCV to 8-bit RGB as stored (not turned upright), transparency on white. Internal to
/// core/data; the caller has checked the size.
/// @throws Error ImageUnreadable, ImageFormatUnsupported, OutOfMemory
RgbImage decodeWithOpenCv(std::span<const std::byte> bytes, const ImageInspection& inspection,
                          const std::filesystem::path& path);

} // namespace thaw

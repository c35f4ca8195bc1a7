#pragma once

#include "core/data/image/image_header.h"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <vector>

namespace thaw {

/// Decodes a JPEG as stored (not turned upright) by DctMethod::Fast, the same bits as TensorFlow's
/// decode_jpeg. Internal to core/data; the caller has checked the size and that the file is whole.
/// @param reduction 1, 2, 4 or 8: both sides are divided by it
/// @return nothing for four colours (CMYK, YCCK), which the library does not convert
/// @throws Error ImageUnreadable
std::optional<RgbImage> decodeJpegByFastDct(std::span<const std::byte> bytes,
                                            const ImageInspection& inspection, int reduction,
                                            const std::filesystem::path& path);

/// Adds the end marker to a JPEG that lacks only this. The picture is decoded once to make sure that no data
/// are missing. Bytes after the last data are ignored. Nothing when the picture is cut short, or when that
/// cannot be decided. @param bytes without the marker
std::optional<std::vector<std::byte>> withEndMarker(std::span<const std::byte> bytes);

} // namespace thaw

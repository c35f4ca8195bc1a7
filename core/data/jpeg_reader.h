#pragma once

#include "core/data/image_header.h"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <vector>

namespace thaw {

/// Decodes a JPEG as stored (not turned upright) by DctMethod::Fast, the same bits as TensorFlow's
/// decode_jpeg. Internal to core/data; the caller has checked the size and that the file is whole.
/// @param reduction 1, 2, 4 or 8: both sides come so many times shorter
/// @return nothing for four colours (CMYK, YCCK), which the library does not convert
/// @throws Error ImageUnreadable
std::optional<RgbImage> decodeJpegByFastDct(std::span<const std::byte> bytes,
                                            const ImageInspection& inspection, int reduction,
                                            const std::filesystem::path& path);

/// A JPEG that lacks nothing but its end marker, with that: decoded once to see that no data are missing.
/// What follows
/// the last data is passed over. Nothing for one that is cut short, and for what cannot be told. @param bytes
/// without the marker
std::optional<std::vector<std::byte>> withEndMarker(std::span<const std::byte> bytes);

} // namespace thaw

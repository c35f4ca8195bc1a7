#pragma once

#include "core/base/image.h"

#include <cstddef>
#include <filesystem>
#include <span>

namespace thaw {

/// The first frame of a GIF on its canvas, transparent parts white. Later frames are never decoded. Internal
/// to core/data; the caller has checked the canvas's size.
/// @throws Error ImageUnreadable, ImageTooLarge (the frame)
RgbImage decodeGif(std::span<const std::byte> bytes, const std::filesystem::path& path);

} // namespace thaw

#pragma once

#include "core/base/image.h"

#include <cstddef>
#include <filesystem>
#include <span>

namespace thaw {

/// A still WebP, or the first frame of a moving one, composited on white. Internal to core/data; the caller
/// has checked the size.
/// @throws Error ImageUnreadable
RgbImage decodeWebP(std::span<const std::byte> bytes, const std::filesystem::path& path);

} // namespace thaw

#pragma once

#include "core/data/image/image_header.h"

#include <cstddef>
#include <filesystem>
#include <span>

namespace thaw {

/// A PBM, PGM or PPM, plain or raw, its levels scaled from whatever the file calls white. Internal to
/// core/data; the caller has checked the size and that a raw file is long enough.
/// @throws Error ImageUnreadable
RgbImage decodePnm(std::span<const std::byte> bytes, const ImageInspection& inspection,
                   const std::filesystem::path& path);

} // namespace thaw

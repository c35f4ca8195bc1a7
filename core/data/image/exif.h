#pragma once

#include "core/data/image/byte_reader.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

namespace thaw {

/// One entry of a TIFF directory with a single small value.
struct TiffEntry
{
    std::uint32_t tag = 0;
    std::uint32_t count = 0;
    std::uint32_t value = 0;     ///< the first value when it is a SHORT or LONG, else 0
    std::size_t valueOffset = 0; ///< where that value is written
};

/// Visits the first directory of a TIFF structure, which is also what EXIF is. Returns false when there is
/// none: not a TIFF, or its directory lies outside the bytes. Internal to core/data.
bool visitFirstTiffDirectory(const ByteReader& tiff, const std::function<void(const TiffEntry&)>& visit);

/// The orientation, 1–8, that an EXIF block asks for (with or without "Exif\0\0" in front); 1 when it says
/// nothing or nonsense, as damaged EXIF does not make a picture unreadable.
int exifOrientation(std::span<const std::byte> block);

} // namespace thaw

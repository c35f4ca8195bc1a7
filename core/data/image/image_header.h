#pragma once

#include "core/data/image/image_io.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

namespace thaw {

/// All that a decoder must know before it touches a picture's pixels. Internal to core/data.
struct ImageInspection : ImageHeader
{
    std::string unsupported;        ///< why this build cannot read it; empty when it can
    bool hasAlpha = true;           ///< a fourth channel, if decoded, is transparency (not so in most BMPs)
    std::size_t dataOffset = 0;     ///< PNM, BMP: where the pixels begin
    std::uint32_t whiteLevel = 255; ///< PNM: the sample value that is white
    std::size_t orientationOffset = 0; ///< TIFF: where the orientation is written, 0 if nowhere
    std::optional<std::array<std::uint16_t, 3>> transparentColour; ///< PNG: R, G, B at the file's depth
    int bitDepth = 8;                ///< PNG, TIFF: bits a sample (of the first); BMP: bits a pixel
    std::uint64_t leastFileSize = 0; ///< shorter than this and pixels are missing; 0: unknown
};

/// Which kind of picture begins so; Unknown where none does. A few hundred bytes are enough.
ImageFormat imageFormatOf(std::span<const std::byte> bytes);

/// probeImage with everything else that the first bytes tell.
/// @throws Error ImageUnreadable
ImageInspection inspectImage(std::span<const std::byte> bytes, const std::filesystem::path& path);

/// Refuses what this build cannot decode and what is beyond maxImagePixels.
/// @throws Error ImageFormatUnsupported, ImageTooLarge
void requireDecodable(const ImageInspection& image, const std::filesystem::path& path);

/// True when a JPEG's first picture goes on to its end marker.
/// @param scans set, where given, to the number of its scans
bool jpegReachesItsEnd(std::span<const std::byte> bytes, int* scans = nullptr);
/// Whether its scans, as far as they have begun, are of every bit of the picture. Nothing is said of how much
/// of the last one is there. False for arithmetic coding, whose decoder fills gaps unseen.
bool jpegScansAreAll(std::span<const std::byte> bytes);

} // namespace thaw

#pragma once

#include "core/base/image.h"
#include "tests/support/error_code.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace thaw::test {

using Bytes = std::vector<std::byte>;

Bytes bytesOf(const std::string& text);
void writeBytes(const std::filesystem::path& path, const Bytes& bytes);

/// A picture whose pixels all differ, so that a swapped or mirrored one shows: red grows to the right, green
/// downwards.
RgbImage gradient(int width, int height);

/// Red, green and blue.
std::vector<int> pixelAt(const RgbImage& image, int x, int y);

/// The bytes of that picture as PNG.
Bytes pngOf(const RgbImage& image);

/// A picture of soft waves as JPEG: what a photograph has and a gradient has not.
Bytes waveJpeg(int width, int height);

/// An uncompressed RGB TIFF with the given EXIF orientation.
Bytes tiffOf(const RgbImage& image, int orientation);

/// An uncompressed BMP with `bits` (24 or 32) a pixel; the fourth byte is 0 throughout. @param topDown rows
/// from top to bottom, as a negative height says
Bytes bmpOf(const RgbImage& image, int bits, bool topDown);

/// A grey JPEG's start: SOI, an APP1 with that EXIF orientation, a frame header. No picture data.
Bytes jpegHeader(int width, int height, int orientation, int precision = 8);

} // namespace thaw::test

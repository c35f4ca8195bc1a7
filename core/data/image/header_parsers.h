#pragma once

#include "core/data/image/byte_reader.h"
#include "core/data/image/image_header.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace thaw {

// One parser a format, each given bytes that begin as the format does. Internal to core/data.

/// What a parser throws; the file's name is added in one place.
struct BadHeader
{
    std::string detail;
};

[[noreturn]] void failCutShort();
/// @throws BadHeader when the bytes end before
void require(const ByteReader& bytes, std::size_t offset, std::size_t count);
/// Clamped to what int holds. @throws BadHeader for a side of 0
void setSize(ImageInspection& image, std::uint64_t width, std::uint64_t height);

void inspectJpeg(const ByteReader& bytes, ImageInspection& image);     ///< ITU-T T.81, annex B
void inspectPng(const ByteReader& bytes, ImageInspection& image);      ///< W3C PNG, third edition
void inspectBmp(const ByteReader& bytes, ImageInspection& image);      ///< Windows and OS/2
void inspectWebP(const ByteReader& bytes, ImageInspection& image);     ///< RFC 9649
void inspectTiff(const ByteReader& bytes, ImageInspection& image);     ///< TIFF 6.0
void inspectPnm(const ByteReader& bytes, ImageInspection& image);      ///< Netpbm
void inspectJpeg2000(const ByteReader& bytes, ImageInspection& image); ///< ITU-T T.800, annexes A and I
void inspectGif(const ByteReader& bytes, ImageInspection& image);      ///< GIF87a, GIF89a

} // namespace thaw

#include "core/data/image/exif.h"
#include "core/data/image/header_parsers.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>

namespace thaw {

void inspectPng(const ByteReader& bytes, ImageInspection& image)
{
    require(bytes, 8, 25);
    if (bytes.bigEndian32(8) != 13 || !bytes.matches(12, "IHDR")) {
        throw BadHeader{"the PNG does not begin with its header"};
    }
    setSize(image, bytes.bigEndian32(16), bytes.bigEndian32(20));
    image.bitDepth = bytes.u8(24);
    const int colourType = bytes.u8(25);
    const std::size_t firstChunk = 33;
    for (std::size_t at = firstChunk; bytes.has(at, 12);) {
        const std::size_t length = bytes.bigEndian32(at);
        const std::size_t content = at + 8;
        if (!bytes.has(content, length)) {
            break;
        }
        if (bytes.matches(at + 4, "eXIf")) {
            image.orientation = exifOrientation(bytes.part(content, length));
        } else if (bytes.matches(at + 4, "tRNS") && colourType == 0 && length >= 2) {
            const auto grey = static_cast<std::uint16_t>(bytes.bigEndian16(content));
            image.transparentColour = {grey, grey, grey};
        } else if (bytes.matches(at + 4, "tRNS") && colourType == 2 && length >= 6) {
            const auto sample = [&](std::size_t i) {
                return static_cast<std::uint16_t>(bytes.bigEndian16(content + i));
            };
            image.transparentColour = {sample(0), sample(2), sample(4)};
        }
        at = content + length + 4;
    }
}

void inspectBmp(const ByteReader& bytes, ImageInspection& image)
{
    require(bytes, 0, 26);
    image.dataOffset = bytes.littleEndian32(10);
    const std::uint32_t headerSize = bytes.littleEndian32(14);
    std::uint64_t depth = 0;
    std::uint32_t compression = 0;
    if (headerSize == 12) {
        setSize(image, bytes.littleEndian16(18), bytes.littleEndian16(20));
        depth = bytes.littleEndian16(24);
    } else if (headerSize >= 16 && headerSize <= 1024) {
        require(bytes, 14, std::min<std::size_t>(headerSize, 124));
        const auto width = static_cast<std::int32_t>(bytes.littleEndian32(18));
        const auto height = static_cast<std::int32_t>(bytes.littleEndian32(22));
        if (width < 0) {
            throw BadHeader{"the BMP claims a negative width"};
        }
        // Negative: the rows run from top to bottom.
        setSize(image, static_cast<std::uint64_t>(width),
                static_cast<std::uint64_t>(std::abs(static_cast<std::int64_t>(height))));
        depth = bytes.littleEndian16(28);
        compression = headerSize >= 20 ? bytes.littleEndian32(30) : 0;
    } else {
        throw BadHeader{"the BMP header has a length that no version has"};
    }
    image.bitDepth = static_cast<int>(depth);
    // The fourth byte of a 32-bit pixel is transparency only where a mask says so; elsewhere it is 0 or
    // noise.
    const bool hasMasks = headerSize >= 56 || (headerSize == 40 && compression == 6);
    image.hasAlpha =
        depth == 32 && hasMasks && (compression == 3 || compression == 6) && bytes.littleEndian32(66) != 0;
    const bool packed = compression == 0 || compression == 3 || compression == 6;
    if (packed && depth > 0 && depth <= 32) {
        const std::uint64_t rowBytes = (static_cast<std::uint64_t>(image.width) * depth + 31) / 32 * 4;
        image.leastFileSize = image.dataOffset + rowBytes * static_cast<std::uint64_t>(image.height);
    }
}

namespace {

/// The number after white space and comments at `at`, which is moved behind it.
std::uint64_t readPnmNumber(const ByteReader& bytes, std::size_t& at)
{
    while (bytes.has(at, 1) && (std::isspace(bytes.u8(at)) || bytes.u8(at) == '#')) {
        if (bytes.u8(at) == '#') {
            while (bytes.has(at, 1) && bytes.u8(at) != '\n') {
                ++at;
            }
        } else {
            ++at;
        }
    }
    require(bytes, at, 1);
    if (!std::isdigit(bytes.u8(at))) {
        throw BadHeader{"the PNM header holds something else than numbers"};
    }
    std::uint64_t value = 0;
    while (std::isdigit(bytes.u8(at))) {
        value = std::min<std::uint64_t>(value * 10 + (bytes.u8(at++) - '0'), std::uint64_t(1) << 40);
    }
    return value;
}

} // namespace

void inspectPnm(const ByteReader& bytes, ImageInspection& image)
{
    const char kind = static_cast<char>(bytes.u8(1));
    std::size_t at = 2;
    const std::uint64_t width = readPnmNumber(bytes, at);
    const std::uint64_t height = readPnmNumber(bytes, at);
    setSize(image, width, height);
    const bool bitmap = kind == '1' || kind == '4';
    const std::uint64_t white = bitmap ? 1 : readPnmNumber(bytes, at);
    if (white == 0 || white > 65535) {
        throw BadHeader{"the PNM header claims a greatest value outside 1 to 65535"};
    }
    image.whiteLevel = static_cast<std::uint32_t>(white);
    image.dataOffset = at + 1;
    const std::uint64_t channels = kind == '3' || kind == '6' ? 3 : 1;
    const std::uint64_t samples =
        static_cast<std::uint64_t>(image.width) * static_cast<std::uint64_t>(image.height) * channels;
    if (kind == '4') {
        image.leastFileSize = image.dataOffset + (static_cast<std::uint64_t>(image.width) + 7) / 8 *
                                                     static_cast<std::uint64_t>(image.height);
    } else {
        const std::uint64_t bytesEach = kind >= '5' && white > 255 ? 2 : 1;
        image.leastFileSize = at + samples * bytesEach;
    }
}

void inspectGif(const ByteReader& bytes, ImageInspection& image)
{
    require(bytes, 6, 7);
    setSize(image, bytes.littleEndian16(6), bytes.littleEndian16(8));
}

} // namespace thaw

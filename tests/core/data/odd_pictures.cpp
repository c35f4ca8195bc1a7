#include "tests/core/data/odd_pictures.h"

#include <algorithm>
#include <array>

namespace thaw::test {

namespace {

std::string number(std::uint32_t value, int bytes, bool littleEndian = false)
{
    std::string text;
    for (int i = 0; i < bytes; ++i) {
        text += static_cast<char>(value >> 8 * (littleEndian ? i : bytes - 1 - i) & 0xFF);
    }
    return text;
}

std::string textOf(const Bytes& bytes)
{
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::uint32_t crc32(const std::string& text)
{
    std::uint32_t crc = 0xFFFFFFFF;
    for (const char c : text) {
        crc ^= static_cast<unsigned char>(c);
        for (int bit = 0; bit < 8; ++bit) {
            crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320 : 0);
        }
    }
    return ~crc;
}

std::string chunk(const std::string& type, const std::string& content)
{
    return number(static_cast<std::uint32_t>(content.size()), 4) + type + content +
           number(crc32(type + content), 4);
}

/// zlib's format with one stored block: no compressor needed.
std::string stored(const std::string& data)
{
    std::uint32_t a = 1;
    std::uint32_t b = 0;
    for (const char c : data) {
        a = (a + static_cast<unsigned char>(c)) % 65521;
        b = (b + a) % 65521;
    }
    const auto length = static_cast<std::uint32_t>(data.size());
    return std::string("\x78\x01\x01", 3) + number(length, 2, true) + number(~length & 0xFFFF, 2, true) +
           data + number(b << 16 | a, 4);
}

/// Values of `bits` each, the first in the lowest bits of a byte or in the highest.
std::string packed(const std::vector<unsigned>& values, int bits, bool lowestFirst)
{
    std::string text;
    std::size_t at = 0;
    for (const unsigned value : values) {
        for (int bit = 0; bit < bits; ++bit, ++at) {
            text.resize(at / 8 + 1);
            const unsigned one = value >> (lowestFirst ? bit : bits - 1 - bit) & 1;
            text[at / 8] = static_cast<char>(static_cast<unsigned char>(text[at / 8]) |
                                             one << (lowestFirst ? at % 8 : 7 - at % 8));
        }
    }
    return text;
}

} // namespace

std::string exifBlock(int orientation, bool littleEndian)
{
    const auto n = [littleEndian](std::uint32_t value, int bytes) {
        return number(value, bytes, littleEndian);
    };
    const std::string header = littleEndian ? std::string("II*\0", 4) : std::string("MM\0*", 4);
    const std::string padded = n(static_cast<std::uint32_t>(orientation), 2) + n(0, 2);
    return header + n(8, 4) + n(1, 2) + n(274, 2) + n(3, 2) + n(1, 4) + padded + n(0, 4);
}

Bytes jpegWithExif(const Bytes& jpeg, int orientation, bool littleEndian)
{
    const std::string content = std::string("Exif\0\0", 6) + exifBlock(orientation, littleEndian);
    const std::string segment =
        "\xFF\xE1" + number(static_cast<std::uint32_t>(content.size()) + 2, 2) + content;
    return bytesOf(textOf(jpeg).insert(2, segment));
}

Bytes pngWithExif(const Bytes& png, int orientation, bool littleEndian)
{
    constexpr std::size_t behindHeader = 33;
    return bytesOf(textOf(png).insert(behindHeader, chunk("eXIf", exifBlock(orientation, littleEndian))));
}

Bytes webpWithExif(const Bytes& webp, int width, int height, int orientation, bool littleEndian)
{
    const std::string exif = exifBlock(orientation, littleEndian);
    constexpr char hasExif = 8;
    const std::string extended = std::string(1, hasExif) + std::string(3, '\0') +
                                 number(static_cast<std::uint32_t>(width - 1), 3, true) +
                                 number(static_cast<std::uint32_t>(height - 1), 3, true);
    const std::string body = "WEBPVP8X" + number(10, 4, true) + extended + textOf(webp).substr(12) + "EXIF" +
                             number(static_cast<std::uint32_t>(exif.size()), 4, true) + exif +
                             std::string(exif.size() % 2, '\0');
    return bytesOf("RIFF" + number(static_cast<std::uint32_t>(body.size()), 4, true) + body);
}

Bytes pngOf(const PngSpec& spec)
{
    constexpr std::array channelsOf{1, 0, 3, 1, 2, 0, 4};
    const auto inRow = static_cast<std::size_t>(spec.width) *
                       static_cast<std::size_t>(channelsOf.at(static_cast<std::size_t>(spec.colourType)));
    std::string data;
    for (int y = 0; y < spec.height; ++y) {
        const auto first = spec.samples.begin() + static_cast<std::ptrdiff_t>(inRow) * y;
        data += '\0' + packed({first, first + static_cast<std::ptrdiff_t>(inRow)}, spec.bitDepth, false);
    }
    std::string png =
        "\x89PNG\r\n\x1A\n" +
        chunk("IHDR", number(static_cast<std::uint32_t>(spec.width), 4) +
                          number(static_cast<std::uint32_t>(spec.height), 4) +
                          number(static_cast<std::uint32_t>(spec.bitDepth), 1) +
                          number(static_cast<std::uint32_t>(spec.colourType), 1) + std::string(3, '\0'));
    png += spec.palette.empty() ? "" : chunk("PLTE", spec.palette);
    png += spec.transparency.empty() ? "" : chunk("tRNS", spec.transparency);
    return bytesOf(png + chunk("IDAT", stored(data)) + chunk("IEND", ""));
}

Bytes gifOf(const GifSpec& spec)
{
    const auto n = [](int value, int bytes) {
        return number(static_cast<std::uint32_t>(value), bytes, true);
    };
    int paletteBits = 1;
    while ((2u << (paletteBits - 1)) * 3 < spec.palette.size()) {
        ++paletteBits;
    }
    const int paletteFlags = 0x80 | (paletteBits - 1);
    std::string gif = "GIF89a" + n(spec.screenWidth, 2) + n(spec.screenHeight, 2) +
                      n(spec.ownPalette ? 0 : paletteFlags, 1) + n(0, 2) +
                      (spec.ownPalette ? "" : spec.palette);
    if (spec.transparent >= 0) {
        gif += std::string("\x21\xF9\x04\x01\0\0", 6) + n(spec.transparent, 1) + n(0, 1);
    }
    gif += "," + n(spec.left, 2) + n(spec.top, 2) + n(spec.width, 2) + n(spec.height, 2) +
           n((spec.ownPalette ? paletteFlags : 0) | (spec.interlaced ? 0x40 : 0), 1) +
           (spec.ownPalette ? spec.palette : "");
    // Codes of nine bits: a pixel each, between the codes for "begin" (256) and "end" (257).
    std::vector<unsigned> codes{256};
    codes.insert(codes.end(), spec.indices.begin(), spec.indices.end());
    codes.push_back(257);
    const std::string data = packed(codes, 9, true);
    gif += n(8, 1);
    for (std::size_t at = 0; at < data.size(); at += 255) {
        const std::string part = data.substr(at, 255);
        gif += n(static_cast<int>(part.size()), 1) + part;
    }
    return bytesOf(gif + std::string("\0;", 2));
}

Bytes redCmykJpeg()
{
    constexpr std::string_view hex =
        "ffd8ffee000e41646f626500640000000000ffdb0043000302020302020303030304030304050805050404050a070706080c"
        "0a0c0c0b0a0b0b0d0e12100d0e110e0b0b1016101113141515150c0f171816141812141514ffc00014080008000804431100"
        "4d11005911004b1100ffc40014000100000000000000000000000000000009ffc40014100100000000000000000000000000"
        "000000ffda000e0443004d0059004b00003f0054c550aa2a6fffd9";
    Bytes bytes;
    const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
    for (std::size_t i = 0; i < hex.size(); i += 2) {
        bytes.push_back(static_cast<std::byte>(digit(hex[i]) * 16 + digit(hex[i + 1])));
    }
    return bytes;
}

} // namespace thaw::test

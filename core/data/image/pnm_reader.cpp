#include "core/data/image/pnm_reader.h"

#include "core/base/error.h"
#include "core/data/image/byte_reader.h"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <string>

namespace thaw {

namespace {

/// Hands out the samples of one file in order, on the file's own scale.
class SampleReader
{
public:
    SampleReader(std::span<const std::byte> bytes, const ImageInspection& inspection, bool bitmap,
                 const std::filesystem::path& path)
        : m_bytes(bytes)
        , m_white(inspection.whiteLevel)
        , m_bitmap(bitmap)
        , m_at(inspection.dataOffset)
        , m_path(path)
    {
    }

    std::uint32_t plain()
    {
        while (std::isspace(m_bytes.u8(m_at)) || m_bytes.u8(m_at) == '#') {
            if (m_bytes.u8(m_at) == '#') {
                while (m_bytes.has(m_at, 1) && m_bytes.u8(m_at) != '\n') {
                    ++m_at;
                }
            } else {
                ++m_at;
            }
        }
        if (!m_bytes.has(m_at, 1)) {
            fail("is cut short");
        }
        if (!std::isdigit(m_bytes.u8(m_at))) {
            fail("holds something else than numbers");
        }
        std::uint32_t value = 0;
        do {
            value = std::min<std::uint32_t>(value * 10 + (m_bytes.u8(m_at++) - '0'), 100'000);
        } while (!m_bitmap && std::isdigit(m_bytes.u8(m_at))); // a plain bitmap may leave out the spaces
        return value;
    }

    std::uint32_t raw()
    {
        const std::uint32_t value = m_white > 255 ? m_bytes.bigEndian16(m_at) : m_bytes.u8(m_at);
        m_at += m_white > 255 ? 2 : 1;
        return value;
    }

    std::uint32_t rawBit(int x)
    {
        const std::uint32_t bit = m_bytes.u8(m_at) >> (7 - x % 8) & 1;
        m_at += x % 8 == 7;
        return bit;
    }

    void endBitRow(int width) { m_at += width % 8 != 0; }

private:
    [[noreturn]] void fail(const std::string& what) const
    {
        throw Error(ErrorCode::ImageUnreadable, m_path, "the PNM " + what, "replace or remove the file");
    }

    ByteReader m_bytes;
    std::uint32_t m_white;
    bool m_bitmap;
    std::size_t m_at;
    const std::filesystem::path& m_path;
};

} // namespace

RgbImage decodePnm(std::span<const std::byte> bytes, const ImageInspection& inspection,
                   const std::filesystem::path& path)
{
    const char kind = static_cast<char>(bytes[1]);
    const bool bitmap = kind == '1' || kind == '4';
    const bool colour = kind == '3' || kind == '6';
    const bool isPlain = kind <= '3';
    const std::uint32_t white = inspection.whiteLevel;
    SampleReader reader(bytes, inspection, bitmap, path);
    const auto level = [&](int x) {
        if (bitmap) {
            // 1 is black there.
            const bool black = (isPlain ? reader.plain() : reader.rawBit(x)) != 0;
            return static_cast<std::uint8_t>(black ? 0 : 255);
        }
        const std::uint32_t value = std::min(isPlain ? reader.plain() : reader.raw(), white);
        return static_cast<std::uint8_t>((value * 255 + white / 2) / white);
    };
    RgbImage image{inspection.width, inspection.height, {}};
    const std::size_t count = static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height);
    image.pixels.resize(count * 3);
    std::uint8_t* out = image.pixels.data();
    for (int y = 0; y < image.height; ++y) {
        for (int x = 0; x < image.width; ++x, out += 3) {
            out[0] = level(x);
            out[1] = colour ? level(x) : out[0];
            out[2] = colour ? level(x) : out[0];
        }
        if (kind == '4') {
            reader.endBitRow(image.width);
        }
    }
    return image;
}

} // namespace thaw

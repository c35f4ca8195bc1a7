#include "core/data/image/exif.h"

#include <string_view>

namespace thaw {

namespace {

constexpr std::uint32_t orientationTag = 274;
constexpr std::uint32_t typeShort = 3;
constexpr std::uint32_t typeLong = 4;

} // namespace

bool visitFirstTiffDirectory(const ByteReader& tiff, const std::function<void(const TiffEntry&)>& visit)
{
    using namespace std::string_view_literals;
    const bool little = tiff.matches(0, "II*\0"sv);
    if (!little && !tiff.matches(0, "MM\0*"sv)) {
        return false;
    }
    const auto u16 = [&](std::size_t at) { return little ? tiff.littleEndian16(at) : tiff.bigEndian16(at); };
    const auto u32 = [&](std::size_t at) { return little ? tiff.littleEndian32(at) : tiff.bigEndian32(at); };
    const std::size_t directory = u32(4);
    if (!tiff.has(directory, 2)) {
        return false;
    }
    const std::uint32_t entries = u16(directory);
    for (std::uint32_t i = 0; i < entries; ++i) {
        const std::size_t at = directory + 2 + std::size_t(i) * 12;
        if (!tiff.has(at, 12)) {
            break;
        }
        const std::uint32_t type = u16(at + 2);
        TiffEntry entry{u16(at), u32(at + 4), 0, 0};
        // Up to four bytes of values lie in the entry itself, else at the offset given there.
        const std::size_t bytes = type == typeShort ? 2 : 4;
        const std::size_t value = std::uint64_t(entry.count) * bytes <= 4 ? at + 8 : u32(at + 8);
        if ((type == typeShort || type == typeLong) && tiff.has(value, bytes)) {
            entry.valueOffset = value;
            entry.value = type == typeShort ? u16(value) : u32(value);
        }
        visit(entry);
    }
    return true;
}

int exifOrientation(std::span<const std::byte> block)
{
    using namespace std::string_view_literals;
    if (ByteReader(block).matches(0, "Exif\0\0"sv)) {
        block = block.subspan(6);
    }
    int orientation = 1;
    visitFirstTiffDirectory(ByteReader(block), [&](const TiffEntry& entry) {
        if (entry.tag == orientationTag && entry.value >= 1 && entry.value <= 8) {
            orientation = static_cast<int>(entry.value);
        }
    });
    return orientation;
}

} // namespace thaw

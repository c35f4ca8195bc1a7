#include "core/data/image/png_chunks.h"

#include "core/base/error.h"
#include "core/data/image/byte_reader.h"

#include <algorithm>

namespace thaw {

std::vector<std::byte> essentialPng(std::span<const std::byte> bytes, const std::filesystem::path& path)
{
    const ByteReader reader(bytes);
    constexpr std::size_t signature = 8;
    constexpr std::size_t frame = 12; // length, type and checksum around a chunk's content
    constexpr std::size_t colourType = 25;
    const bool palette = reader.u8(colourType) == 3;
    std::vector<std::byte> result(
        bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(std::min(signature, bytes.size())));
    result.reserve(bytes.size());
    bool hasData = false;
    for (std::size_t at = signature; reader.has(at, frame);) {
        const std::size_t length = reader.bigEndian32(at);
        if (!reader.has(at, frame + length)) {
            break;
        }
        const std::size_t type = at + 4;
        const bool data = reader.matches(type, "IDAT");
        const bool end = reader.matches(type, "IEND");
        hasData = hasData || data;
        if (data || end || reader.matches(type, "IHDR") || reader.matches(type, "PLTE") ||
            (palette && reader.matches(type, "tRNS")))
        {
            const auto chunk = bytes.subspan(at, frame + length);
            result.insert(result.end(), chunk.begin(), chunk.end());
        }
        if (end && hasData) {
            return result;
        }
        if (end) {
            throw Error(ErrorCode::ImageUnreadable, path, "the PNG holds no picture data",
                        "replace or remove the file");
        }
        at += frame + length;
    }
    throw Error(ErrorCode::ImageUnreadable, path, "the PNG is cut short", "replace or remove the file");
}

} // namespace thaw

#include "core/data/exif.h"
#include "core/data/header_parsers.h"

namespace thaw {

void inspectWebP(const ByteReader& bytes, ImageInspection& image)
{
    require(bytes, 12, 18);
    const std::size_t content = 20;
    if (bytes.matches(12, "VP8 ")) {
        if (!bytes.matches(content + 3, "\x9D\x01\x2A")) {
            throw BadHeader{"the WebP picture has no start code"};
        }
        setSize(image, bytes.littleEndian16(content + 6) & 0x3FFF,
                bytes.littleEndian16(content + 8) & 0x3FFF);
    } else if (bytes.matches(12, "VP8L")) {
        if (bytes.u8(content) != 0x2F) {
            throw BadHeader{"the WebP picture has no start code"};
        }
        const std::uint32_t bits = bytes.littleEndian32(content + 1);
        setSize(image, (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1);
    } else if (bytes.matches(12, "VP8X")) {
        setSize(image, std::uint64_t(bytes.littleEndian24(content + 4)) + 1,
                std::uint64_t(bytes.littleEndian24(content + 7)) + 1);
        for (std::size_t at = 12; bytes.has(at, 8);) {
            const std::size_t length = bytes.littleEndian32(at + 4);
            if (bytes.matches(at, "EXIF")) {
                image.orientation = exifOrientation(bytes.part(at + 8, length));
            }
            at += 8 + length + (length & 1);
        }
    } else {
        throw BadHeader{"the WebP file holds no picture"};
    }
}

void inspectTiff(const ByteReader& bytes, ImageInspection& image)
{
    if (bytes.u8(2) == 43 || bytes.u8(3) == 43) {
        image.unsupported = "BigTIFF is not supported";
        return;
    }
    std::uint64_t width = 0;
    std::uint64_t height = 0;
    const bool found = visitFirstTiffDirectory(bytes, [&](const TiffEntry& entry) {
        if (entry.tag == 256) {
            width = entry.value;
        } else if (entry.tag == 257) {
            height = entry.value;
        } else if (entry.tag == 258 && entry.value > 16) {
            image.unsupported =
                "a TIFF with " + std::to_string(entry.value) + " bits a sample is not supported";
        } else if (entry.tag == 262 && entry.value > 6) {
            image.unsupported = "a TIFF in the Lab or another uncommon colour space is not supported";
        } else if (entry.tag == 339 && entry.value > 1) {
            image.unsupported = "a TIFF with signed or floating-point samples is not supported";
        } else if (entry.tag == 274 && entry.value >= 1 && entry.value <= 8) {
            image.orientation = static_cast<int>(entry.value);
            image.orientationOffset = entry.valueOffset;
        }
    });
    if (!found) {
        failCutShort();
    }
    setSize(image, width, height);
}

void inspectJpeg2000(const ByteReader& bytes, ImageInspection& image)
{
    if (bytes.matches(0, "\xFF\x4F\xFF\x51")) {
        require(bytes, 0, 24);
        const std::uint64_t right = bytes.bigEndian32(8);
        const std::uint64_t bottom = bytes.bigEndian32(12);
        const std::uint64_t left = bytes.bigEndian32(16);
        const std::uint64_t top = bytes.bigEndian32(20);
        setSize(image, right > left ? right - left : 0, bottom > top ? bottom - top : 0);
        return;
    }
    for (std::size_t at = 0; bytes.has(at, 8);) {
        const std::size_t length = bytes.bigEndian32(at);
        if (bytes.matches(at + 4, "jp2h")) {
            at += 8; // its children follow
            continue;
        }
        if (bytes.matches(at + 4, "ihdr")) {
            require(bytes, at + 8, 8);
            setSize(image, bytes.bigEndian32(at + 12), bytes.bigEndian32(at + 8));
            return;
        }
        if (length < 8) {
            throw BadHeader{"the JPEG 2000 boxes make no sense"};
        }
        at += length;
    }
    failCutShort();
}

} // namespace thaw

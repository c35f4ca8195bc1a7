#include "core/data/image/exif.h"
#include "core/data/image/header_parsers.h"

#include <algorithm>
#include <set>

namespace thaw {

namespace {

constexpr const char* codestreamStart = "\xFF\x4F\xFF\x51";

/// One box of a JPEG 2000 file.
struct Jp2Box
{
    std::size_t content = 0;
    std::size_t end = 0; ///< never beyond the bytes
};

/// The box at `at`, where at least eight bytes are.
Jp2Box jp2BoxAt(const ByteReader& bytes, std::size_t at)
{
    std::uint64_t length = bytes.bigEndian32(at);
    std::size_t header = 8;
    if (length == 0) {
        length = bytes.size() - at; // the last one
    } else if (length == 1) {
        require(bytes, at, 16);
        length = std::uint64_t(bytes.bigEndian32(at + 8)) << 32 | bytes.bigEndian32(at + 12);
        header = 16;
    }
    if (length < header) {
        throw BadHeader{"the JPEG 2000 boxes make no sense"};
    }
    return {at + header, at + static_cast<std::size_t>(std::min<std::uint64_t>(length, bytes.size() - at))};
}

/// The size that the image header in the box "jp2h" claims.
void inspectJp2Header(const ByteReader& bytes, const Jp2Box& box, ImageInspection& claimed)
{
    for (std::size_t at = box.content; at + 8 <= box.end;) {
        const Jp2Box inner = jp2BoxAt(bytes, at);
        if (bytes.matches(at + 4, "ihdr")) {
            require(bytes, inner.content, 8);
            return setSize(claimed, bytes.bigEndian32(inner.content + 4), bytes.bigEndian32(inner.content));
        }
        at = inner.end;
    }
    failCutShort();
}

/// The size by which the decoder allocates.
void inspectCodestream(const ByteReader& bytes, std::size_t at, ImageInspection& image)
{
    require(bytes, at, 42);
    if (!bytes.matches(at, codestreamStart)) {
        throw BadHeader{"the JPEG 2000 picture does not begin with its size"};
    }
    const std::uint64_t right = bytes.bigEndian32(at + 8);
    const std::uint64_t bottom = bytes.bigEndian32(at + 12);
    const std::uint64_t left = bytes.bigEndian32(at + 16);
    const std::uint64_t top = bytes.bigEndian32(at + 20);
    setSize(image, right > left ? right - left : 0, bottom > top ? bottom - top : 0);
    const std::uint32_t channels = bytes.bigEndian16(at + 40);
    if (channels > 4) {
        image.unsupported = "a JPEG 2000 with " + std::to_string(channels) + " channels is not supported";
    }
}

} // namespace

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
    std::set<std::uint32_t> seen;
    const bool found = visitFirstTiffDirectory(bytes, [&](const TiffEntry& entry) {
        if (!seen.insert(entry.tag).second) {
            return; // the decoder takes the first of several, too
        }
        if (entry.tag == 256) {
            width = entry.value;
        } else if (entry.tag == 257) {
            height = entry.value;
        } else if (entry.tag == 258 && entry.value > 16) {
            image.unsupported =
                "a TIFF with " + std::to_string(entry.value) + " bits a sample is not supported";
        } else if (entry.tag == 258) {
            image.bitDepth = static_cast<int>(entry.value);
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
    if (bytes.matches(0, codestreamStart)) {
        return inspectCodestream(bytes, 0, image);
    }
    // As the decoder walks: an image header outside "jp2h" says nothing, and the first codestream is the
    // picture.
    ImageInspection claimed;
    for (std::size_t at = 0; bytes.has(at, 8);) {
        const Jp2Box box = jp2BoxAt(bytes, at);
        if (bytes.matches(at + 4, "jp2h") && claimed.width == 0) {
            inspectJp2Header(bytes, box, claimed);
        } else if (bytes.matches(at + 4, "jp2c")) {
            inspectCodestream(bytes, box.content, image);
            if (image.width != claimed.width || image.height != claimed.height) {
                throw BadHeader{"the JPEG 2000 file and the picture in it disagree about the size"};
            }
            return;
        }
        at = box.end;
    }
    failCutShort();
}

} // namespace thaw

#include "core/data/image_header.h"

#include "core/base/error.h"
#include "core/data/byte_reader.h"
#include "core/data/exif.h"

#include <algorithm>
#include <cctype>
#include <limits>
#include <string_view>

namespace thaw {

namespace {

using namespace std::string_view_literals;

/// What a parser throws; the file's name is added in one place.
struct BadHeader
{
    std::string detail;
};

[[noreturn]] void failCutShort()
{
    throw BadHeader{"the file is cut short: its header is incomplete"};
}

void require(const ByteReader& bytes, std::size_t offset, std::size_t count)
{
    if (!bytes.has(offset, count)) {
        failCutShort();
    }
}

void setSize(ImageInspection& image, std::uint64_t width, std::uint64_t height)
{
    if (width == 0 || height == 0) {
        throw BadHeader{"the header claims a picture without pixels"};
    }
    constexpr std::uint64_t greatest = std::numeric_limits<int>::max();
    image.width = static_cast<int>(std::min(width, greatest));
    image.height = static_cast<int>(std::min(height, greatest));
}

void setUnsupported(ImageInspection& image, std::string reason)
{
    image.unsupported = std::move(reason);
}

// ---- JPEG (ITU-T T.81, annex B)

struct JpegMarker
{
    std::uint8_t code = 0;
    std::size_t segment = 0; ///< of its length field
};

/// The next marker at or after `at`. Bytes between segments, be they coded data or junk, are passed over as
/// decoders do; so are fill bytes, stuffed zeros and restart markers.
std::optional<JpegMarker> nextJpegMarker(const ByteReader& bytes, std::size_t at)
{
    for (; at + 1 < bytes.size(); ++at) {
        const std::uint8_t code = bytes.u8(at + 1);
        const bool standsAlone = code == 0x00 || code == 0x01 || (code >= 0xD0 && code <= 0xD8);
        if (bytes.u8(at) == 0xFF && code != 0xFF && !standsAlone) {
            return JpegMarker{code, at + 2};
        }
    }
    return std::nullopt;
}

constexpr std::uint8_t jpegEnd = 0xD9;
constexpr std::uint8_t jpegScan = 0xDA;

bool isFrameMarker(std::uint8_t code)
{
    return code >= 0xC0 && code <= 0xCF && code != 0xC4 && code != 0xC8 && code != 0xCC;
}

void inspectJpeg(const ByteReader& bytes, ImageInspection& image)
{
    std::size_t at = 2;
    while (const auto marker = nextJpegMarker(bytes, at)) {
        if (marker->code == jpegEnd || marker->code == jpegScan) {
            throw BadHeader{"the JPEG has no frame header"};
        }
        require(bytes, marker->segment, 2);
        const std::size_t length = bytes.bigEndian16(marker->segment);
        if (length < 2) {
            throw BadHeader{"a JPEG segment is shorter than its own length"};
        }
        const std::size_t content = marker->segment + 2;
        if (marker->code == 0xE1 && bytes.matches(content, "Exif\0\0"sv)) {
            image.orientation = exifOrientation(bytes.part(content, length - 2));
        }
        if (isFrameMarker(marker->code)) {
            require(bytes, content, 6);
            if (bytes.bigEndian16(content + 1) == 0 && bytes.bigEndian16(content + 3) != 0) {
                setUnsupported(image, "a JPEG that gives its height only after the data is not supported");
                image.width = image.height = 0;
                return;
            }
            setSize(image, bytes.bigEndian16(content + 3), bytes.bigEndian16(content + 1));
            const int precision = bytes.u8(content);
            if (precision != 8) {
                setUnsupported(image, "a JPEG with " + std::to_string(precision) +
                                          " bits a sample is not supported");
            } else if (marker->code == 0xC3 || (marker->code >= 0xC5 && marker->code <= 0xC7) ||
                       marker->code == 0xCB || marker->code >= 0xCD)
            {
                setUnsupported(image, "a lossless or hierarchical JPEG is not supported");
            }
            return;
        }
        at = marker->segment + length;
    }
    failCutShort();
}

// ---- PNG (W3C, third edition)

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

// ---- BMP (Windows and OS/2)

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

// ---- WebP (RFC 9649)

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

// ---- TIFF 6.0

void inspectTiff(const ByteReader& bytes, ImageInspection& image)
{
    if (bytes.u8(2) == 43 || bytes.u8(3) == 43) {
        setUnsupported(image, "BigTIFF is not supported");
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
            setUnsupported(image,
                           "a TIFF with " + std::to_string(entry.value) + " bits a sample is not supported");
        } else if (entry.tag == 262 && entry.value > 6) {
            setUnsupported(image, "a TIFF in the Lab or another uncommon colour space is not supported");
        } else if (entry.tag == 339 && entry.value > 1) {
            setUnsupported(image, "a TIFF with signed or floating-point samples is not supported");
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

// ---- PNM (Netpbm)

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

// ---- JPEG 2000 (ITU-T T.800, annexes A and I)

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

void inspectGif(const ByteReader& bytes, ImageInspection& image)
{
    require(bytes, 6, 7);
    setSize(image, bytes.littleEndian16(6), bytes.littleEndian16(8));
}

bool isAvif(const ByteReader& bytes)
{
    const std::size_t length = std::min<std::size_t>(bytes.bigEndian32(0), 256);
    for (std::size_t at = 8; at + 4 <= length; at += 4) {
        if (bytes.matches(at, "avif") || bytes.matches(at, "avis")) {
            return true;
        }
    }
    return false;
}

bool isHeif(const ByteReader& bytes)
{
    static constexpr std::array brands{"heic"sv, "heix"sv, "heim"sv, "heis"sv, "hevc"sv,
                                       "hevx"sv, "mif1"sv, "msf1"sv, "mif2"sv};
    return std::any_of(brands.begin(), brands.end(), [&](auto brand) { return bytes.matches(8, brand); });
}

ImageFormat formatOf(const ByteReader& bytes)
{
    if (bytes.matches(0, "\xFF\xD8"sv)) {
        return ImageFormat::Jpeg;
    }
    if (bytes.matches(0, "\x89PNG\r\n\x1A\n"sv)) {
        return ImageFormat::Png;
    }
    if (bytes.matches(0, "RIFF"sv) && bytes.matches(8, "WEBP"sv)) {
        return ImageFormat::WebP;
    }
    if (bytes.matches(0, "GIF87a"sv) || bytes.matches(0, "GIF89a"sv)) {
        return ImageFormat::Gif;
    }
    if (bytes.matches(0, "II*\0"sv) || bytes.matches(0, "MM\0*"sv) || bytes.matches(0, "II+\0"sv) ||
        bytes.matches(0, "MM\0+"sv))
    {
        return ImageFormat::Tiff;
    }
    if (bytes.matches(0, "\0\0\0\x0CjP  \r\n\x87\n"sv) || bytes.matches(0, "\xFF\x4F\xFF\x51"sv)) {
        return ImageFormat::Jpeg2000;
    }
    if (bytes.matches(4, "ftyp"sv)) {
        return isAvif(bytes) ? ImageFormat::Avif : isHeif(bytes) ? ImageFormat::Heif : ImageFormat::Unknown;
    }
    if (bytes.matches(0, "\0\0\1\0"sv)) {
        return ImageFormat::Ico;
    }
    if (bytes.matches(0, "8BPS"sv)) {
        return ImageFormat::Psd;
    }
    if (bytes.u8(0) == 'P' && bytes.u8(1) >= '1' && bytes.u8(1) <= '6' && std::isspace(bytes.u8(2))) {
        return ImageFormat::Pnm;
    }
    // "BM" alone begins too many texts: the four reserved bytes are 0 in every BMP.
    if (bytes.matches(0, "BM"sv) && bytes.littleEndian32(6) == 0) {
        return ImageFormat::Bmp;
    }
    return ImageFormat::Unknown;
}

/// In plain words, what a file is that is no picture.
std::string describeForeign(const ByteReader& bytes)
{
    if (bytes.size() == 0) {
        return "the file is empty";
    }
    std::string start;
    for (std::size_t i = 0; i < std::min<std::size_t>(bytes.size(), 256); ++i) {
        start += static_cast<char>(std::tolower(bytes.u8(i)));
    }
    if (start.starts_with("%pdf")) {
        return "this is a PDF document, not a picture";
    }
    if (start.find("<!doctype html") != std::string::npos || start.find("<html") != std::string::npos) {
        return "this is a web page saved under a picture's name";
    }
    if (start.find("<svg") != std::string::npos) {
        return "this is an SVG drawing, not a photograph";
    }
    return "this is not a picture of a known kind, or its beginning is damaged";
}

void inspectByFormat(const ByteReader& bytes, ImageInspection& image)
{
    switch (image.format) {
    case ImageFormat::Jpeg:
        return inspectJpeg(bytes, image);
    case ImageFormat::Png:
        return inspectPng(bytes, image);
    case ImageFormat::Bmp:
        return inspectBmp(bytes, image);
    case ImageFormat::WebP:
        return inspectWebP(bytes, image);
    case ImageFormat::Tiff:
        return inspectTiff(bytes, image);
    case ImageFormat::Pnm:
        return inspectPnm(bytes, image);
    case ImageFormat::Jpeg2000:
        return inspectJpeg2000(bytes, image);
    case ImageFormat::Gif:
        return inspectGif(bytes, image);
    case ImageFormat::Heif:
    case ImageFormat::Avif:
    case ImageFormat::Ico:
    case ImageFormat::Psd:
        return setUnsupported(image, std::string(nameOf(image.format)) + " pictures are not supported");
    case ImageFormat::Unknown:
        throw BadHeader{describeForeign(bytes)};
    }
}

} // namespace

const char* nameOf(ImageFormat format)
{
    switch (format) {
    case ImageFormat::Unknown:
        return "unknown";
    case ImageFormat::Jpeg:
        return "JPEG";
    case ImageFormat::Png:
        return "PNG";
    case ImageFormat::Bmp:
        return "BMP";
    case ImageFormat::WebP:
        return "WebP";
    case ImageFormat::Tiff:
        return "TIFF";
    case ImageFormat::Pnm:
        return "PNM";
    case ImageFormat::Jpeg2000:
        return "JPEG 2000";
    case ImageFormat::Gif:
        return "GIF";
    case ImageFormat::Heif:
        return "HEIF";
    case ImageFormat::Avif:
        return "AVIF";
    case ImageFormat::Ico:
        return "ICO";
    case ImageFormat::Psd:
        return "PSD";
    }
    return "unknown";
}

ImageInspection inspectImage(std::span<const std::byte> bytes, const std::filesystem::path& path)
{
    const ByteReader reader(bytes);
    ImageInspection image;
    image.format = formatOf(reader);
    try {
        inspectByFormat(reader, image);
    } catch (const BadHeader& bad) {
        throw Error(ErrorCode::ImageUnreadable, path, bad.detail, "replace or remove the file");
    }
    return image;
}

ImageHeader probeImage(std::span<const std::byte> bytes, const std::filesystem::path& path)
{
    return inspectImage(bytes, path);
}

void requireDecodable(const ImageInspection& image, const std::filesystem::path& path)
{
    if (!image.unsupported.empty()) {
        throw Error(ErrorCode::ImageFormatUnsupported, path, image.unsupported, "convert it to JPEG or PNG");
    }
    constexpr int maxSide = 1 << 20; // OpenCV's own limit
    const std::int64_t pixels = static_cast<std::int64_t>(image.width) * image.height;
    if (pixels > maxImagePixels || image.width > maxSide || image.height > maxSide) {
        throw Error(ErrorCode::ImageTooLarge, path,
                    "the picture claims " + std::to_string(image.width) + " × " +
                        std::to_string(image.height) + " pixels, more than the " +
                        std::to_string(maxImagePixels / 1'000'000) + " million allowed",
                    "make it smaller, or remove it if it is not a photograph");
    }
}

bool jpegReachesItsEnd(std::span<const std::byte> bytes)
{
    const ByteReader reader(bytes);
    std::size_t at = 2;
    while (const auto marker = nextJpegMarker(reader, at)) {
        if (marker->code == jpegEnd) {
            return true;
        }
        at = marker->segment + std::max<std::size_t>(reader.bigEndian16(marker->segment), 2);
    }
    return false;
}

} // namespace thaw

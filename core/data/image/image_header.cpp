#include "core/data/image/image_header.h"

#include "core/base/enum_names.h"
#include "core/base/error.h"
#include "core/data/image/header_parsers.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <limits>
#include <string_view>

namespace thaw {

namespace {

constexpr EnumNames<ImageFormat, 13> imageFormatNames{{{ImageFormat::Unknown, "unknown"},
                                                       {ImageFormat::Jpeg, "JPEG"},
                                                       {ImageFormat::Png, "PNG"},
                                                       {ImageFormat::Bmp, "BMP"},
                                                       {ImageFormat::WebP, "WebP"},
                                                       {ImageFormat::Tiff, "TIFF"},
                                                       {ImageFormat::Pnm, "PNM"},
                                                       {ImageFormat::Jpeg2000, "JPEG 2000"},
                                                       {ImageFormat::Gif, "GIF"},
                                                       {ImageFormat::Heif, "HEIF"},
                                                       {ImageFormat::Avif, "AVIF"},
                                                       {ImageFormat::Ico, "ICO"},
                                                       {ImageFormat::Psd, "PSD"}}};
static_assert(isComplete(imageFormatNames, ImageFormat::Psd));

using namespace std::string_view_literals;

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
        image.unsupported = std::string(nameOf(image.format)) + " pictures are not supported";
        return;
    case ImageFormat::Unknown:
        throw BadHeader{describeForeign(bytes)};
    }
}

} // namespace

void failCutShort()
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

const char* nameOf(ImageFormat format)
{
    return nameIn(imageFormatNames, format);
}

ImageFormat imageFormatOf(std::span<const std::byte> bytes)
{
    return formatOf(ByteReader(bytes));
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

} // namespace thaw

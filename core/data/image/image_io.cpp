#include "core/data/image/image_io.h"

#include "core/base/atomic_file.h"
#include "core/base/enum_names.h"
#include "core/base/error.h"
#include "core/data/image/decode_errors.h"
#include "core/data/image/gif_reader.h"
#include "core/data/image/image_header.h"
#include "core/data/image/jpeg_reader.h"
#include "core/data/image/opencv_reader.h"
#include "core/data/image/pixel_conversion.h"
#include "core/data/image/pnm_reader.h"
#include "core/data/image/webp_reader.h"

#include <opencv2/core/utility.hpp>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgcodecs.hpp>

#include <algorithm>
#include <array>
#include <new>
#include <string_view>

namespace thaw {

namespace {

constexpr EnumNames<DctMethod, 2> dctMethodNames{
    {{DctMethod::Accurate, "accurate"}, {DctMethod::Fast, "fast"}}};

constexpr const char* replaceAdvice = "replace or remove the file";

/// TurboJPEG's limit too. Each scan goes over the whole picture, so that a small file could keep the decoder
/// busy for hours.
constexpr int maxJpegScans = 500;

/// From here on (30 MB as RGB) a picture is to blame when memory does not hold it. Below, the machine is:
/// pictures left out one by one would hide that.
constexpr std::int64_t largePicture = 10'000'000;

void requireWhole(std::span<const std::byte> bytes, const ImageInspection& image,
                  const std::filesystem::path& path)
{
    int scans = 0;
    const bool cut = bytes.size() < image.leastFileSize ||
                     (image.format == ImageFormat::Jpeg && !jpegReachesItsEnd(bytes, &scans));
    if (cut) {
        throw Error(ErrorCode::ImageUnreadable, path,
                    "the " + std::string(nameOf(image.format)) + " is cut short", replaceAdvice);
    }
    if (scans > maxJpegScans) {
        throw Error(ErrorCode::ImageUnreadable, path,
                    "the JPEG comes in " + std::to_string(scans) + " scans, more than the " +
                        std::to_string(maxJpegScans) + " allowed",
                    replaceAdvice);
    }
}

/// 1, 2, 4 or 8: by how much a JPEG's decoder may make it smaller at once.
int reductionFor(const ImageInspection& image, int enoughSide)
{
    if (image.format != ImageFormat::Jpeg || enoughSide <= 0) {
        return 1;
    }
    // What does not divide would be padded, and the picture shifted by parts of a pixel.
    const auto divides = [&](int by) { return image.width % by == 0 && image.height % by == 0; };
    int reduction = 1;
    while (reduction < 8 && divides(2 * reduction) &&
           std::min(image.width, image.height) / (2 * reduction) >= enoughSide)
    {
        reduction *= 2;
    }
    return reduction;
}

RgbImage decodeStored(std::span<const std::byte> bytes, const ImageInspection& inspection, int reduction,
                      DctMethod dctMethod, const std::filesystem::path& path)
{
    if (inspection.format == ImageFormat::Jpeg && dctMethod == DctMethod::Fast) {
        if (std::optional<RgbImage> image = decodeJpegByFastDct(bytes, inspection, reduction, path)) {
            return *std::move(image);
        }
    }
    switch (inspection.format) {
    case ImageFormat::Gif:
        return decodeGif(bytes, path);
    case ImageFormat::WebP:
        return decodeWebP(bytes, path);
    case ImageFormat::Pnm:
        return decodePnm(bytes, inspection, path);
    default:
        return decodeWithOpenCv(bytes, inspection, reduction, path);
    }
}

RgbImage decodeInspected(std::span<const std::byte> bytes, const ImageInspection& inspection,
                         const DecodeOptions& options, const std::filesystem::path& path)
{
    const int reduction = reductionFor(inspection, options.enoughSide);
    RgbImage image = decodeStored(bytes, inspection, reduction, options.dctMethod, path);
    if (image.width != inspection.width / reduction || image.height != inspection.height / reduction) {
        throw Error(ErrorCode::ImageUnreadable, path, "its data disagree with its header", replaceAdvice);
    }
    return options.applyOrientation ? orientUpright(std::move(image), inspection.orientation)
                                    : std::move(image);
}

} // namespace

const char* nameOf(DctMethod method)
{
    return nameIn(dctMethodNames, method);
}

std::optional<DctMethod> dctMethodFromName(std::string_view name)
{
    return valueIn(dctMethodNames, name);
}

RgbImage decodeImage(std::span<const std::byte> bytes, const std::filesystem::path& path,
                     const DecodeOptions& options)
{
    const ImageInspection inspection = inspectImage(bytes, path);
    requireDecodable(inspection, path);
    try {
        std::optional<std::vector<std::byte>> ended;
        if (inspection.format == ImageFormat::Jpeg && !jpegReachesItsEnd(bytes)) {
            ended = withEndMarker(bytes);
        }
        const std::span<const std::byte> whole = ended ? std::span<const std::byte>(*ended) : bytes;
        requireWhole(whole, inspection, path);
        return decodeInspected(whole, inspection, options, path);
    } catch (const std::bad_alloc&) {
        if (static_cast<std::int64_t>(inspection.width) * inspection.height < largePicture) {
            throw;
        }
        throwBeyondMemory(path);
    }
}

RgbImage loadImage(const std::filesystem::path& path, bool applyOrientation)
{
    return decodeImage(readFile(path, maxImageFileSize), path, {.applyOrientation = applyOrientation});
}

namespace {

/// @param extension ".png", ".jpg": the format
void writeEncoded(const std::filesystem::path& path, const RgbImage& image, const char* extension)
{
    cv::Mat bgr(image.height, image.width, CV_8UC3);
    for (int y = 0; y < image.height; ++y) {
        const std::uint8_t* in = image.pixels.data() + static_cast<std::size_t>(y) * image.width * 3;
        std::uint8_t* out = bgr.ptr<std::uint8_t>(y);
        for (int x = 0; x < image.width; ++x, in += 3, out += 3) {
            out[0] = in[2];
            out[1] = in[1];
            out[2] = in[0];
        }
    }
    std::vector<std::uint8_t> encoded;
    if (image.empty() || !cv::imencode(extension, bgr, encoded)) {
        throw Error(ErrorCode::WriteFailed, path,
                    std::string("the picture cannot be encoded as ") + extension);
    }
    AtomicFile file(path);
    file.write(std::as_bytes(std::span(encoded)));
    file.commit();
}

} // namespace

void writePng(const std::filesystem::path& path, const RgbImage& image)
{
    writeEncoded(path, image, ".png");
}

void writeJpeg(const std::filesystem::path& path, const RgbImage& image)
{
    writeEncoded(path, image, ".jpg");
}

bool hasImageExtension(const std::filesystem::path& path)
{
    using namespace std::string_view_literals;
    static constexpr std::array extensions{".jpg"sv,  ".jpeg"sv, ".jpe"sv, ".jfif"sv, ".png"sv,  ".bmp"sv,
                                           ".dib"sv,  ".webp"sv, ".tif"sv, ".tiff"sv, ".gif"sv,  ".ppm"sv,
                                           ".pgm"sv,  ".pbm"sv,  ".pnm"sv, ".jp2"sv,  ".heic"sv, ".heif"sv,
                                           ".avif"sv, ".mpo"sv,  ".ico"sv, ".psd"sv};
    std::string extension = path.extension().string();
    std::transform(extension.begin(), extension.end(), extension.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return std::find(extensions.begin(), extensions.end(), extension) != extensions.end();
}

std::string imageLibraryVersion()
{
    return "OpenCV " + cv::getVersionString();
}

void initialiseImageLibrary()
{
    cv::setNumThreads(0);
    cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
}

} // namespace thaw

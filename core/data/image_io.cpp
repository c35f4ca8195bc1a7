#include "core/data/image_io.h"

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/data/gif_reader.h"
#include "core/data/image_header.h"
#include "core/data/jpeg_reader.h"
#include "core/data/opencv_reader.h"
#include "core/data/pixel_conversion.h"
#include "core/data/pnm_reader.h"
#include "core/data/webp_reader.h"

#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgcodecs.hpp>

#include <algorithm>
#include <array>
#include <string_view>

namespace thaw {

namespace {

constexpr const char* replaceAdvice = "replace or remove the file";

void requireWhole(std::span<const std::byte> bytes, const ImageInspection& image,
                  const std::filesystem::path& path)
{
    const bool cut = bytes.size() < image.leastFileSize ||
                     (image.format == ImageFormat::Jpeg && !jpegReachesItsEnd(bytes));
    if (cut) {
        throw Error(ErrorCode::ImageUnreadable, path,
                    "the " + std::string(nameOf(image.format)) + " is cut short", replaceAdvice);
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

} // namespace

const char* nameOf(DctMethod method)
{
    return method == DctMethod::Fast ? "fast" : "accurate";
}

std::optional<DctMethod> dctMethodFromName(std::string_view name)
{
    for (const DctMethod method : {DctMethod::Accurate, DctMethod::Fast}) {
        if (name == nameOf(method)) {
            return method;
        }
    }
    return std::nullopt;
}

RgbImage decodeImage(std::span<const std::byte> bytes, const std::filesystem::path& path,
                     const DecodeOptions& options)
{
    const ImageInspection inspection = inspectImage(bytes, path);
    requireDecodable(inspection, path);
    requireWhole(bytes, inspection, path);
    const int reduction = reductionFor(inspection, options.enoughSide);
    RgbImage image = decodeStored(bytes, inspection, reduction, options.dctMethod, path);
    if (image.width != inspection.width / reduction || image.height != inspection.height / reduction) {
        throw Error(ErrorCode::ImageUnreadable, path, "its data disagree with its header", replaceAdvice);
    }
    return options.applyOrientation ? orientUpright(std::move(image), inspection.orientation) : image;
}

RgbImage loadImage(const std::filesystem::path& path, bool applyOrientation)
{
    return decodeImage(readFile(path, maxImageFileSize), path, {.applyOrientation = applyOrientation});
}

void writePng(const std::filesystem::path& path, const RgbImage& image)
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
    if (image.empty() || !cv::imencode(".png", bgr, encoded)) {
        throw Error(ErrorCode::WriteFailed, path, "the picture cannot be encoded as PNG");
    }
    AtomicFile file(path);
    file.write(std::as_bytes(std::span(encoded)));
    file.commit();
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

void initialiseImageLibrary()
{
    cv::setNumThreads(0);
    cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
}

} // namespace thaw

#include "core/data/image/opencv_reader.h"

#include "core/base/error.h"
#include "core/data/image/decode_errors.h"
#include "core/data/image/pixel_conversion.h"
#include "core/data/image/png_chunks.h"

#include <opencv2/imgcodecs.hpp>

#include <cstdint>
#include <type_traits>
#include <vector>

namespace thaw {

namespace {

/// The transparent colour of a PNG in OpenCV's terms: samples under 8 bits come scaled up.
std::array<std::uint32_t, 3> scaledColour(const ImageInspection& inspection)
{
    std::array<std::uint32_t, 3> colour{};
    for (std::size_t c = 0; c < 3; ++c) {
        const std::uint32_t key = (*inspection.transparentColour)[c];
        colour[c] = inspection.bitDepth < 8 ? key * 255 / ((1u << inspection.bitDepth) - 1) : key;
    }
    return colour;
}

template <typename Sample>
std::uint8_t levelOf(Sample sample)
{
    if constexpr (std::is_same_v<Sample, std::uint16_t>) {
        return to8Bit(sample);
    } else {
        return sample;
    }
}

/// One row of 1 (grey), 3 (BGR) or 4 (BGRA) channels to RGB.
template <typename Sample>
void convertRow(const Sample* in, int channels, bool hasAlpha, int width, std::uint8_t* out)
{
    for (int x = 0; x < width; ++x, in += channels, out += 3) {
        const std::uint32_t alpha = channels == 4 && hasAlpha ? levelOf(in[3]) : 255;
        for (int c = 0; c < 3; ++c) {
            const std::uint8_t level = levelOf(in[channels == 1 ? 0 : 2 - c]);
            out[c] = alpha == 255 ? level : onWhite(level, alpha);
        }
    }
}

template <typename Sample>
void whitenColour(const Sample* in, int channels, const std::array<std::uint32_t, 3>& rgb, int width,
                  std::uint8_t* out)
{
    for (int x = 0; x < width; ++x, in += channels, out += 3) {
        bool same = true;
        for (int c = 0; c < 3; ++c) {
            same = same && in[channels == 1 ? 0 : 2 - c] == rgb[static_cast<std::size_t>(c)];
        }
        if (same) {
            out[0] = out[1] = out[2] = 255;
        }
    }
}

template <typename Sample>
RgbImage convert(const cv::Mat& mat, const ImageInspection& inspection)
{
    RgbImage image{mat.cols, mat.rows, {}};
    const std::size_t stride = static_cast<std::size_t>(mat.cols) * 3;
    image.pixels.resize(stride * static_cast<std::size_t>(mat.rows));
    for (int y = 0; y < mat.rows; ++y) {
        std::uint8_t* out = image.pixels.data() + static_cast<std::size_t>(y) * stride;
        convertRow(mat.ptr<Sample>(y), mat.channels(), inspection.hasAlpha, mat.cols, out);
        if (inspection.transparentColour) {
            whitenColour(mat.ptr<Sample>(y), mat.channels(), scaledColour(inspection), mat.cols, out);
        }
    }
    return image;
}

/// IMREAD_UNCHANGED is right for all but small BMPs: it takes the palette of an OS/2 one for grey, while
/// IMREAD_COLOR is wrong for those with 32 bits a pixel.
int modeFor(const ImageInspection& inspection, int reduction)
{
    const bool smallBmp = inspection.format == ImageFormat::Bmp && inspection.bitDepth <= 24;
    const int mode = reduction == 8   ? cv::IMREAD_REDUCED_COLOR_8
                     : reduction == 4 ? cv::IMREAD_REDUCED_COLOR_4
                     : reduction == 2 ? cv::IMREAD_REDUCED_COLOR_2
                     : smallBmp       ? cv::IMREAD_COLOR
                                      : cv::IMREAD_UNCHANGED;
    return mode | cv::IMREAD_IGNORE_ORIENTATION;
}

/// OpenCV turns a TIFF as its orientation says, asked or not: a copy that says "upright" it leaves alone.
std::vector<std::byte> withoutOrientation(std::span<const std::byte> tiff, const ImageInspection& inspection)
{
    std::vector<std::byte> copy(tiff.begin(), tiff.end());
    const std::size_t at = inspection.orientationOffset;
    const bool littleEndian = tiff[0] == std::byte('I');
    copy[at] = std::byte(littleEndian ? 1 : 0);
    copy[at + 1] = std::byte(littleEndian ? 0 : 1);
    return copy;
}

cv::Mat decodeMat(std::span<const std::byte> bytes, int mode, const std::filesystem::path& path)
{
    const cv::Mat buffer(1, static_cast<int>(bytes.size()), CV_8UC1, const_cast<std::byte*>(bytes.data()));
    cv::Mat mat;
    try {
        mat = cv::imdecode(buffer, mode);
    } catch (const cv::Exception& error) {
        if (error.code == cv::Error::StsNoMem) {
            throwBeyondMemory(path);
        }
        mat.release();
    }
    if (mat.empty()) {
        throwDamaged(path);
    }
    return mat;
}

} // namespace

RgbImage decodeWithOpenCv(std::span<const std::byte> bytes, const ImageInspection& inspection, int reduction,
                          const std::filesystem::path& path)
{
    std::vector<std::byte> cleaned;
    if (inspection.format == ImageFormat::Png) {
        cleaned = essentialPng(bytes, path);
    } else if (inspection.format == ImageFormat::Tiff && inspection.orientation != 1) {
        cleaned = withoutOrientation(bytes, inspection);
    }
    const cv::Mat mat = decodeMat(cleaned.empty() ? bytes : cleaned, modeFor(inspection, reduction), path);
    const int channels = mat.channels();
    if (channels == 1 || channels == 3 || channels == 4) {
        if (mat.depth() == CV_8U) {
            return convert<std::uint8_t>(mat, inspection);
        }
        if (mat.depth() == CV_16U) {
            return convert<std::uint16_t>(mat, inspection);
        }
    }
    throw Error(ErrorCode::ImageFormatUnsupported, path,
                "its pixels are of a kind that is not supported (" + std::to_string(channels) +
                    " channels, or not 8 or 16 bits)",
                "convert it to JPEG or PNG");
}

} // namespace thaw

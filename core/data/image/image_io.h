#pragma once

#include "core/base/image.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace thaw {

enum class ImageFormat { Unknown, Jpeg, Png, Bmp, WebP, Tiff, Pnm, Jpeg2000, Gif, Heif, Avif, Ico, Psd };

const char* nameOf(ImageFormat format);

/// Facts from a picture's first bytes, without decoding it.
struct ImageHeader
{
    ImageFormat format = ImageFormat::Unknown; ///< by content, never by the file's name
    int width = 0; ///< as stored, before orientation; 0 when the format is not supported
    int height = 0;
    int orientation = 1; ///< EXIF orientation 1–8
    bool operator==(const ImageHeader&) const = default;
};

/// Largest picture decoded: 100 million pixels (300 MB as RGB); stops decompression bombs before any
/// allocation.
inline constexpr std::int64_t maxImagePixels = 100'000'000;
/// Largest image file read into memory.
inline constexpr std::uint64_t maxImageFileSize = 512ull << 20;

/// Reads format, size and orientation from the bytes. Bounds every read; never allocates by what the bytes
/// claim.
/// @throws Error ImageUnreadable (not an image, or a header that makes no sense)
ImageHeader probeImage(std::span<const std::byte> bytes, const std::filesystem::path& path);

/// How a JPEG's decoder turns frequencies back into pixels (its inverse cosine transform).
enum class DctMethod {
    Accurate, ///< as OpenCV, Pillow and most programs have it
    Fast,     ///< libjpeg's "ifast", TensorFlow's default: in colour a grey level off on average
};

const char* nameOf(DctMethod method); ///< "accurate", "fast"
std::optional<DctMethod> dctMethodFromName(std::string_view name);

struct DecodeOptions
{
    bool applyOrientation = true; ///< turn the picture as its EXIF orientation says (JPEG, PNG, WebP, TIFF)
    /// When positive, a JPEG may come at 1/2, 1/4 or 1/8 of its size, its pixels averaged, where both sides
    /// divide by that and neither falls below this: several times quicker.
    int enoughSide = 0;
    DctMethod dctMethod = DctMethod::Accurate; ///< of four-colour JPEGs it is always accurate
};

/// Decodes to upright 8-bit RGB. 16-bit samples are scaled, not clipped; transparency is composited on white;
/// grey and palette pictures become RGB; of several frames the first is taken; a JPEG whose data end early or
/// come in over 500 scans is refused, one that lacks its end marker alone is not.
/// @throws Error ImageUnreadable, ImageTooLarge (also a large one that memory does not hold),
///         ImageFormatUnsupported
RgbImage decodeImage(std::span<const std::byte> bytes, const std::filesystem::path& path,
                     const DecodeOptions& options = {});

/// readFile + decodeImage. @throws also FileNotFound, FileUnreadable
RgbImage loadImage(const std::filesystem::path& path, bool applyOrientation = true);

/// Writes an 8-bit RGB PNG, whole or not at all. @throws Error WriteFailed, DiskFull
void writePng(const std::filesystem::path& path, const RgbImage& image);
/// As writePng(): a JPEG of OpenCV's own settings (quality 95).
void writeJpeg(const std::filesystem::path& path, const RgbImage& image);

/// True for names that the scan treats as pictures (by extension, ASCII case ignored).
bool hasImageExtension(const std::filesystem::path& path);

/// Name and version of what decodes most pictures: another one may give other pixels.
std::string imageLibraryVersion();

/// OpenCV's own thread pool is kept off: our loaders are the only threads. Call once before the first thread.
void initialiseImageLibrary();

} // namespace thaw

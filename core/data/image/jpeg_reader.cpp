#include "core/data/image/jpeg_reader.h"

#include "core/data/image/decode_errors.h"

#include <charconv>
#include <iterator>
#include <memory>
#include <new>
#include <string_view>
#include <turbojpeg.h>

namespace thaw {

namespace {

struct DestroyTurboJpeg
{
    void operator()(void* handle) const { tjDestroy(handle); }
};

constexpr std::byte endMarker[]{std::byte(0xFF), std::byte(0xD9)};

/// Phones put data of their own where the end marker should be, which the library warns of when all data of
/// the picture are read. How many bytes; 0 for another warning.
std::size_t extraneousBytes(std::string_view warning)
{
    constexpr std::string_view before = "Corrupt JPEG data: ";
    constexpr std::string_view after = " extraneous bytes before marker 0xd9";
    std::size_t count = 0;
    if (warning.starts_with(before) && warning.ends_with(after)) {
        warning.remove_prefix(before.size());
        std::from_chars(warning.data(), warning.data() + warning.size(), count);
    }
    return count;
}

} // namespace

std::optional<RgbImage> decodeJpegByFastDct(std::span<const std::byte> bytes,
                                            const ImageInspection& inspection, int reduction,
                                            const std::filesystem::path& path)
{
    const std::unique_ptr<void, DestroyTurboJpeg> decoder(tjInitDecompress());
    if (!decoder) {
        throw std::bad_alloc();
    }
    const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
    int width = 0;
    int height = 0;
    int subsampling = 0;
    int colours = 0;
    if (tjDecompressHeader3(decoder.get(), data, bytes.size(), &width, &height, &subsampling, &colours) !=
            0 ||
        width != inspection.width || height != inspection.height)
    {
        throwDamaged(path);
    }
    if (colours == TJCS_CMYK || colours == TJCS_YCCK) {
        return std::nullopt;
    }
    RgbImage image{width / reduction, height / reduction, {}};
    const std::size_t pixels = static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height);
    image.pixels.resize(pixels * 3);
    // A warning alone means that the library has filled gaps in the data: OpenCV takes such pictures as well.
    if (tjDecompress2(decoder.get(), data, bytes.size(), image.pixels.data(), image.width, 0, image.height,
                      TJPF_RGB, TJFLAG_FASTDCT | TJFLAG_LIMITSCANS) != 0 &&
        tjGetErrorCode(decoder.get()) == TJERR_FATAL)
    {
        throwDamaged(path);
    }
    return image;
}

std::optional<std::vector<std::byte>> withEndMarker(std::span<const std::byte> bytes)
{
    if (!jpegScansAreAll(bytes)) {
        return std::nullopt;
    }
    std::vector<std::byte> ended(bytes.begin(), bytes.end());
    ended.insert(ended.end(), std::begin(endMarker), std::end(endMarker));
    const std::unique_ptr<void, DestroyTurboJpeg> decoder(tjInitDecompress());
    if (!decoder) {
        throw std::bad_alloc();
    }
    const auto* data = reinterpret_cast<const unsigned char*>(ended.data());
    int width = 0;
    int height = 0;
    int subsampling = 0;
    int colours = 0;
    if (tjDecompressHeader3(decoder.get(), data, ended.size(), &width, &height, &subsampling, &colours) != 0)
    {
        return std::nullopt;
    }
    // All data are read whatever the size of the result is. Where bits are missing the library warns.
    const auto eighth = [](int side) { return (side + 7) / 8; };
    const bool isFour = colours == TJCS_CMYK || colours == TJCS_YCCK;
    const TJPF format = isFour ? TJPF_CMYK : TJPF_GRAY;
    std::vector<unsigned char> pixels(static_cast<std::size_t>(eighth(width)) *
                                      static_cast<std::size_t>(eighth(height)) *
                                      static_cast<std::size_t>(tjPixelSize[format]));
    const int result = tjDecompress2(decoder.get(), data, ended.size(), pixels.data(), eighth(width), 0,
                                     eighth(height), format, TJFLAG_LIMITSCANS | TJFLAG_STOPONWARNING);
    if (result == 0) {
        return ended;
    }
    const std::size_t trailer = extraneousBytes(tjGetErrorStr2(decoder.get()));
    if (trailer == 0 || trailer >= bytes.size()) {
        return std::nullopt;
    }
    const auto endOfData = bytes.end() - static_cast<std::ptrdiff_t>(trailer);
    ended.assign(bytes.begin(), endOfData);
    ended.insert(ended.end(), std::begin(endMarker), std::end(endMarker));
    return ended;
}

} // namespace thaw

#include "core/data/jpeg_reader.h"

#include "core/data/decode_errors.h"

#include <memory>
#include <new>
#include <turbojpeg.h>

namespace thaw {

namespace {

struct DestroyTurboJpeg
{
    void operator()(void* handle) const { tjDestroy(handle); }
};

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

} // namespace thaw

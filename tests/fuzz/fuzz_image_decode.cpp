#include "core/data/image/image_io.h"
#include "tests/fuzz/fuzz_target.h"

#include <cstdlib>

// GIF, WebP and PNM, whose pixels our own code takes apart. What OpenCV decodes is OpenCV's.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto bytes = std::as_bytes(std::span(data, size));
    thaw::fuzz::read([&] {
        const thaw::ImageHeader header = thaw::probeImage(bytes, "fuzz");
        const bool isOurs = header.format == thaw::ImageFormat::Gif ||
                            header.format == thaw::ImageFormat::WebP ||
                            header.format == thaw::ImageFormat::Pnm;
        // Large canvases are allowed and slow; what they do is no different.
        if (!isOurs || std::int64_t(header.width) * header.height > 1'000'000) {
            return;
        }
        const thaw::RgbImage image = thaw::decodeImage(bytes, "fuzz");
        if (image.pixels.size() != std::size_t(image.width) * image.height * 3) {
            std::abort();
        }
    });
    return 0;
}

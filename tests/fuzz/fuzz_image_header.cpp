#include "core/data/image/image_header.h"
#include "tests/fuzz/fuzz_target.h"

#include <cstdlib>

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto bytes = std::as_bytes(std::span(data, size));
    thaw::fuzz::read([&] {
        const thaw::ImageInspection image = thaw::inspectImage(bytes, "fuzz");
        if (image.orientation < 1 || image.orientation > 8 || image.width < 0 || image.height < 0) {
            std::abort();
        }
        thaw::requireDecodable(image, "fuzz");
        if (std::int64_t(image.width) * image.height > thaw::maxImagePixels) {
            std::abort();
        }
    });
    thaw::jpegReachesItsEnd(bytes);
    thaw::jpegScansAreAll(bytes);
    return 0;
}

#include "core/data/image/pixel_conversion.h"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace thaw {

RgbImage orientUpright(RgbImage image, int orientation)
{
    if (orientation <= 1 || orientation > 8 || image.empty()) {
        return image;
    }
    const bool transposed = orientation >= 5;
    // Where the stored picture's left–right and top–bottom directions are read backwards.
    const bool mirrorX = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
    const bool mirrorY = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
    RgbImage upright{transposed ? image.height : image.width, transposed ? image.width : image.height, {}};
    upright.pixels.resize(image.pixels.size());
    std::uint8_t* out = upright.pixels.data();
    for (int y = 0; y < upright.height; ++y) {
        for (int x = 0; x < upright.width; ++x, out += 3) {
            const int alongX = transposed ? y : x;
            const int alongY = transposed ? x : y;
            const int sourceX = mirrorX ? image.width - 1 - alongX : alongX;
            const int sourceY = mirrorY ? image.height - 1 - alongY : alongY;
            std::copy_n(image.pixels.data() + (static_cast<std::size_t>(sourceY) * image.width + sourceX) * 3,
                        3, out);
        }
    }
    return upright;
}

} // namespace thaw

#pragma once

#include "core/base/image.h"
#include "core/data/input/augmentation.h"

namespace thaw {

// Changes of pictures in RGB on the 0–255 scale, in place. Results stay on that scale.

/// @param levels added to all values
void changeBrightness(FloatImage& image, double levels);

/// @param factor of each value's distance from the mean of its channel
void changeContrast(FloatImage& image, double factor);

/// @param factor of the saturation of HSV, ≥ 0; hue and value stay
void changeSaturation(FloatImage& image, double factor);

/// @param turns of HSV's colour circle, in [−0.5, 0.5]; red turns towards green; saturation and value stay
void turnHue(FloatImage& image, double turns);

/// All three channels become the brightness that the eye sees, 0.2989 R + 0.587 G + 0.114 B.
void removeColour(FloatImage& image);

/// What an erased rectangle is filled with, and where.
struct ErasedPatch
{
    int left = 0, top = 0; ///< pixels
    FloatImage noise;      ///< empty: nothing of the picture is erased
};

/// Normal noise of deviation 255 about 0, clipped, in whole grey levels: half of the values are 0.
ErasedPatch erasedPatch(const ErasedBox& box, int width, int height);

void eraseBox(FloatImage& image, const ErasedBox& box);

} // namespace thaw

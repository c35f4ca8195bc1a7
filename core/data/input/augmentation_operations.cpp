#include "core/data/input/augmentation_operations.h"

#include "core/base/random.h"
#include "core/data/input/colour_changes.h"

#include <cmath>

namespace thaw {

namespace {

void drawBox(double strength, RandomStream& random, AugmentationDraw& draw)
{
    // Keras's default `scale`: of each side the square root of such a share.
    constexpr double least = 0.02;
    constexpr double most = 0.33;
    if (random.uniform() < strength) {
        ErasedBox& box = draw.erased;
        box.width = std::sqrt(random.uniform(least, most));
        box.height = std::sqrt(random.uniform(least, most));
        box.left = random.uniform(0, 1 - box.width);
        box.top = random.uniform(0, 1 - box.height);
        box.noiseKey = random.next();
    }
}

constexpr auto inShape = AugmentationGroup::Shape;
constexpr auto inColour = AugmentationGroup::Colour;

constexpr AugmentationOperation operations[]{
    {"flip", inShape, &AugmentationSpec::flip, 1, DrawStream::Shared,
     [](double strength, RandomStream& random, AugmentationDraw& draw) {
         draw.flip = random.uniform() < strength;
     }},
    {"rotation", inShape, &AugmentationSpec::rotation, 0.5, DrawStream::Shared,
     [](double strength, RandomStream& random, AugmentationDraw& draw) {
         draw.rotationTurns = strength * random.uniform(-1, 1);
     }},
    {"zoom", inShape, &AugmentationSpec::zoom, 0.9, DrawStream::Shared,
     [](double strength, RandomStream& random, AugmentationDraw& draw) {
         draw.zoom = strength * random.uniform(-1, 1);
     }},
    {"vertical_flip", inShape, &AugmentationSpec::verticalFlip, 1, DrawStream::Own,
     [](double strength, RandomStream& random, AugmentationDraw& draw) {
         draw.verticalFlip = random.uniform() < strength;
     }},
    {"translation", inShape, &AugmentationSpec::translation, 1, DrawStream::Own,
     [](double strength, RandomStream& random, AugmentationDraw& draw) {
         draw.shiftX = strength * random.uniform(-1, 1);
         draw.shiftY = strength * random.uniform(-1, 1);
     }},
    {"shear", inShape, &AugmentationSpec::shear, 1, DrawStream::Own,
     [](double strength, RandomStream& random, AugmentationDraw& draw) {
         draw.shearX = strength * random.uniform(-1, 1);
         draw.shearY = strength * random.uniform(-1, 1);
     }},
    {"brightness", inColour, &AugmentationSpec::brightness, 1, DrawStream::Own,
     [](double strength, RandomStream& random, AugmentationDraw& draw) {
         draw.brightness = 255 * strength * random.uniform(-1, 1);
     },
     [](const AugmentationDraw& draw) { return draw.brightness != 0; },
     [](FloatImage& image, const AugmentationDraw& draw) { changeBrightness(image, draw.brightness); }},
    {"contrast", inColour, &AugmentationSpec::contrast, 1, DrawStream::Own,
     [](double strength, RandomStream& random, AugmentationDraw& draw) {
         draw.contrast = 1 + strength * random.uniform(-1, 1);
     },
     [](const AugmentationDraw& draw) { return draw.contrast != 1; },
     [](FloatImage& image, const AugmentationDraw& draw) { changeContrast(image, draw.contrast); }},
    {"saturation", inColour, &AugmentationSpec::saturation, 1, DrawStream::Own,
     [](double strength, RandomStream& random, AugmentationDraw& draw) {
         draw.saturation = 1 + strength * random.uniform(-1, 1);
     },
     [](const AugmentationDraw& draw) { return draw.saturation != 1; },
     [](FloatImage& image, const AugmentationDraw& draw) { changeSaturation(image, draw.saturation); }},
    {"hue", inColour, &AugmentationSpec::hue, 1, DrawStream::Own,
     [](double strength, RandomStream& random, AugmentationDraw& draw) {
         draw.hueTurns = strength / 2 * random.uniform(-1, 1);
     },
     [](const AugmentationDraw& draw) { return draw.hueTurns != 0; },
     [](FloatImage& image, const AugmentationDraw& draw) { turnHue(image, draw.hueTurns); }},
    {"grayscale", inColour, &AugmentationSpec::grayscale, 1, DrawStream::Own,
     [](double strength, RandomStream& random, AugmentationDraw& draw) {
         draw.isGrey = random.uniform() < strength;
     },
     [](const AugmentationDraw& draw) { return draw.isGrey; },
     [](FloatImage& image, const AugmentationDraw&) { removeColour(image); }},
    {"erasing", inColour, &AugmentationSpec::erasing, 1, DrawStream::Own, drawBox,
     [](const AugmentationDraw& draw) { return draw.erased.width > 0; },
     [](FloatImage& image, const AugmentationDraw& draw) { eraseBox(image, draw.erased); }},
};

} // namespace

std::span<const AugmentationOperation> augmentationOperations()
{
    return operations;
}

} // namespace thaw

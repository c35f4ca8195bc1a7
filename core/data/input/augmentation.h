#pragma once

#include "core/base/image.h"

#include <cstdint>

namespace thaw {

/// What lies beyond a picture's edge.
enum class FillMode {
    Reflect,  ///< d c b a | a b c d | d c b a
    Constant, ///< black
    Nearest,  ///< a a a a | a b c d | d d d d
    Wrap,     ///< a b c d | a b c d | a b c d
};

/// "reflect", "constant", "nearest", "wrap": Keras's names.
const char* nameOf(FillMode fill);

/// How training pictures are varied: a strength for each operation of augmentationOperations(), where 0 is
/// off.
struct AugmentationSpec
{
    double flip = 0.5;           ///< probability of a left–right flip, in [0, 1]
    double rotation = 0.1;       ///< greatest angle, as a share of a full turn, in [0, 0.5]; 0.1 is ±36°
    double zoom = 0.2;           ///< greatest relative change of size, in [0, 0.9]; both sides alike
    int views = 0;               ///< 0: fresh every epoch; K: K stored views an image
    std::uint64_t viewsSeed = 0; ///< of stored views: runs that differ in other seeds find the same ones
    double verticalFlip = 0;     ///< probability of turning upside down, in [0, 1]
    double translation = 0;      ///< greatest shift, as a share of each side, in [0, 1]
    double shear = 0;            ///< greatest slant along each axis, in [0, 1]
    double brightness = 0;       ///< greatest change, as a share of 255, in [0, 1]
    double contrast = 0;         ///< greatest relative change, in [0, 1]
    double saturation = 0;       ///< greatest relative change, in [0, 1]
    double hue = 0;              ///< greatest turn of the colours, in half turns, in [0, 1]
    double grayscale = 0;        ///< probability of losing the colours, in [0, 1]
    double erasing = 0;          ///< probability of losing a rectangle, in [0, 1]
    FillMode fill = FillMode::Reflect;

    bool operator==(const AugmentationSpec&) const = default;
    bool isIdentity() const; ///< all operations are off
};

/// A rectangle in shares of the picture's sides, from its left upper corner, and the key of what fills it.
struct ErasedBox
{
    double left = 0, top = 0;
    double width = 0, height = 0; ///< 0: nothing is erased
    std::uint64_t noiseKey = 0;

    bool operator==(const ErasedBox&) const = default;
};

/// One drawn variation. Its defaults change nothing.
struct AugmentationDraw
{
    bool flip = false;
    double rotationTurns = 0; ///< positive turns the picture counter-clockwise
    double zoom = 0;          ///< positive zooms out by this share, negative in
    bool verticalFlip = false;
    double shiftX = 0, shiftY = 0; ///< to the right and down, in shares of the sides
    double shearX = 0, shearY = 0; ///< the source's x moves by shearX · y, its y by shearY · x
    double brightness = 0;         ///< grey levels added
    double contrast = 1;           ///< factor of the distance from a channel's mean
    double saturation = 1;         ///< factor
    double hueTurns = 0;           ///< of the colour circle
    bool isGrey = false;
    ErasedBox erased = {};
    FillMode fill = FillMode::Reflect;

    bool operator==(const AugmentationDraw&) const = default;
    bool isIdentity() const; ///< whatever the fill
};

/// Which of a picture's stored views an epoch draws, 0 … views−1. In the first `views` epochs of a run all
/// pictures show the same one, the views in their order, so that each is computed as it is first needed; from
/// then on each picture goes through its views in an order of its own, drawn anew for every round, so that
/// none comes twice in a round and a batch mixes them.
/// @param seed of the run
/// @param epoch of the run, from 1
int viewOf(int views, std::uint64_t seed, int epoch, std::uint64_t contentKey);

/// The draw for one picture in one epoch: depends on these numbers alone, never on order or thread. Each
/// operation draws by its own name, so that one more moves no other. With stored views it is that of the view
/// that viewOf() gives, drawn from `viewsSeed`.
/// @param seed of the run
/// @param epoch 1-based and counted through the whole run (phase 2 goes on where phase 1 ended)
/// @param contentKey of the file's bytes, see contentKey()
AugmentationDraw drawAugmentation(const AugmentationSpec& spec, std::uint64_t seed, int epoch,
                                  std::uint64_t contentKey);

/// Where a varied picture's pixels come from, both counted from the centre: source = matrix · target + shift.
struct WarpMatrix
{
    double xFromX = 1, xFromY = 0; ///< the source's x
    double yFromX = 0, yFromY = 1;
    double shiftX = 0, shiftY = 0; ///< in shares of the picture's sides

    bool operator==(const WarpMatrix&) const = default;
};

WarpMatrix warpMatrix(const AugmentationDraw& draw);

/// Flips, translation, shear, rotation and zoom, in this order, composed into one affine warp about the
/// centre ((W−1)/2, (H−1)/2): bilinear, beyond the edges as the draw's fill mode has it. Same size out as in.
FloatImage warp(const FloatImage& image, const AugmentationDraw& draw);

/// The whole variation: warp(), then the changes of colour in the order of augmentationOperations().
/// @param image RGB, 0–255
FloatImage augment(FloatImage image, const AugmentationDraw& draw);

} // namespace thaw

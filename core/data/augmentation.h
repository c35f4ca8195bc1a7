#pragma once

#include "core/base/image.h"

#include <cstdint>

namespace thaw {

/// How training pictures are varied. Keras's RandomFlip("horizontal"), RandomRotation, RandomZoom.
struct AugmentationSpec
{
    double flip = 0.5;           ///< probability of a left–right flip, in [0, 1]
    double rotation = 0.1;       ///< greatest angle, as a share of a full turn, in [0, 0.5]; 0.1 is ±36°
    double zoom = 0.2;           ///< greatest relative change of size, in [0, 0.9]; both sides alike
    int views = 0;               ///< 0: fresh every epoch; K: K stored views an image
    std::uint64_t viewsSeed = 0; ///< of stored views: runs that differ in other seeds find the same ones

    bool operator==(const AugmentationSpec&) const = default;
    bool isIdentity() const { return flip == 0 && rotation == 0 && zoom == 0; }
};

/// One drawn variation.
struct AugmentationDraw
{
    bool flip = false;
    double rotationTurns = 0; ///< positive turns the picture counter-clockwise
    double zoom = 0;          ///< positive zooms out by this share, negative in

    bool operator==(const AugmentationDraw&) const = default;
    bool isIdentity() const { return !flip && rotationTurns == 0 && zoom == 0; }
};

/// Which of a picture's stored views an epoch draws, 0 … views−1. In the first `views` epochs of a run all
/// pictures show the same one, the views in their order, so that each is computed as it is first needed; from
/// then on each picture goes through its views in an order of its own, drawn anew for every round, so that
/// none comes twice in a round and a batch mixes them.
/// @param seed of the run
/// @param epoch of the run, from 1
int viewOf(int views, std::uint64_t seed, int epoch, std::uint64_t contentKey);

/// The draw for one picture in one epoch: depends on these numbers alone, never on order or thread. With
/// stored views it is that of the view that viewOf() gives, drawn from `viewsSeed`.
/// @param seed of the run
/// @param epoch 1-based and counted through the whole run (phase 2 goes on where phase 1 ended)
/// @param contentKey of the file's bytes, see contentKey()
AugmentationDraw drawAugmentation(const AugmentationSpec& spec, std::uint64_t seed, int epoch,
                                  std::uint64_t contentKey);

/// Where a varied picture's pixels come from, both counted from the centre: source = matrix · target.
struct WarpMatrix
{
    double xFromX = 1, xFromY = 0; ///< the source's x
    double yFromX = 0, yFromY = 1;
};

WarpMatrix warpMatrix(const AugmentationDraw& draw);

/// Flip, then rotation, then zoom, composed into one affine warp about the centre ((W−1)/2, (H−1)/2):
/// bilinear, fill mode "reflect" with the edge pixel repeated (d c b a | a b c d | d c b a), as
/// keras.layers.RandomRotation/RandomZoom. Same size out as in.
FloatImage warp(const FloatImage& image, const AugmentationDraw& draw);

} // namespace thaw

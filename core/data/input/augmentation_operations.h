#pragma once

#include "core/base/image.h"
#include "core/data/input/augmentation.h"

#include <span>

namespace thaw {

class RandomStream;

/// Shapes are part of warpMatrix(); changes of colour act after the warp, in the order of the list.
enum class AugmentationGroup { Shape, Colour };

/// Where an operation's random numbers come from.
enum class DrawStream {
    Own,    ///< keyed by its name
    Shared, ///< one after another from one stream: the three operations of the first recipes alone
};

/// One way of varying pictures. The recipe's fields, draws, application and tests go by the list of them.
struct AugmentationOperation
{
    const char* name; ///< the recipe's field is "augmentation." + name. Never changes: draws are keyed by it
    AugmentationGroup group;
    double AugmentationSpec::*strength;
    double most; ///< strengths are from 0, off, to this
    DrawStream stream;
    void (*draw)(double strength, RandomStream& random, AugmentationDraw& draw);
    /// Of a change of colour: whether the draw changes anything, and the change itself; null for shapes.
    bool (*acts)(const AugmentationDraw& draw) = nullptr;
    void (*apply)(FloatImage& image, const AugmentationDraw& draw) = nullptr;
};

std::span<const AugmentationOperation> augmentationOperations();

} // namespace thaw

#pragma once

// Internal to core: needs LibTorch.

#include "core/compute/precision.h"

#include <ATen/ATen.h>

namespace thaw {

/// @pre precision is not Auto
inline at::ScalarType scalarTypeOf(Precision precision)
{
    switch (precision) {
    case Precision::Bfloat16:
        return at::kBFloat16;
    case Precision::Float16:
        return at::kHalf;
    case Precision::Auto:
    case Precision::Float32:
        break;
    }
    return at::kFloat;
}

} // namespace thaw

#pragma once

// Internal to core: needs LibTorch.

#include "core/data/input/augmentation.h"

#include <ATen/ATen.h>

#include <span>
#include <string_view>

namespace thaw {

/// A change of colour for a batch, on the device that the pictures are on: the formulas of colour_changes.h.
/// @param pictures [N, 3, H, W] float32, RGB, 0–255; may be changed in place @param draws N
using ColourChange = at::Tensor (*)(const at::Tensor& pictures, std::span<const AugmentationDraw> draws);

/// @param name of a change of colour in augmentationOperations() @throws Error Internal where it has none
ColourChange colourChangeNamed(std::string_view name);

} // namespace thaw

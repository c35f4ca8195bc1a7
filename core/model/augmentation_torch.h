#pragma once

// Internal to core: needs LibTorch.

#include "core/data/input/augmentation.h"
#include "core/data/input/preprocessing.h"

#include <ATen/ATen.h>

#include <span>

namespace thaw {

/// warp() for a batch, on the device that the pictures are on: the same affine map of the same draws,
/// bilinear and with the same fill mode, up to float32's rounding of where a pixel comes from.
/// @param pictures [N, C, H, W] float32 with H = W; @param draws N of one fill mode
/// @return the same shape, channels-last
at::Tensor warp(const at::Tensor& pictures, std::span<const AugmentationDraw> draws);

/// augment() for a batch: warp(), then the same changes of colour. Parameters as above; C = 3, RGB, 0–255
at::Tensor augment(const at::Tensor& pictures, std::span<const AugmentationDraw> draws);

/// preprocess() for a batch. @param pictures [N, 3, H, W] float32, RGB, 0–255
at::Tensor preprocess(const at::Tensor& pictures, const Preprocessing& preprocessing);

} // namespace thaw

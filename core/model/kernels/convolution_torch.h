#pragma once

// Internal to core: needs LibTorch.

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

namespace thaw {

/// 3 × 3 convolution with stride 1 and zero padding 1; differentiable. In float32 on the processor by
/// Winograd's transform where it fits (see winograd.h), else LibTorch's own.
/// @param x [N, inputs, H, W]; @param weight [outputs, inputs, 3, 3]; @param bias [outputs]
/// @return [N, outputs, H, W], channels-last
at::Tensor convolve(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias);

} // namespace thaw

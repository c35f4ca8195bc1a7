#pragma once

// Internal to core: needs LibTorch.

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

namespace thaw {

/// A dense layer, as at::linear(); differentiable. In float32 on the processor LibTorch's threads take a
/// share of the outputs each: the matrix product itself computes with one (see setThreadCount()).
/// @param x [N, inputs]; @param weight [outputs, inputs]; @param bias [outputs]
/// @return [N, outputs]
at::Tensor dense(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias);

} // namespace thaw

#pragma once

// Internal to core: needs LibTorch.

#include "core/model/network_torch.h"
#include "core/train/cost/benchmark.h"

#include <functional>
#include <stop_token>

namespace thaw {

/// What the processor gives in a large matrix product, and what each block of the base reaches of it at 180
/// pixels, channels-last, in billions of floating-point operations a second (a multiply-add is two):
/// "peak.float32", "peak.bfloat16", "block.1" … "block.5" forward in `type`, "block.5_training" forward and
/// backward. Marks the parameters of block 5 as training.
/// @param batch pictures at once
void measureRoofline(const Network& network, at::ScalarType type, int batch,
                     const std::function<void(const BenchmarkFigure&)>& measured,
                     const std::stop_token& stop);

} // namespace thaw

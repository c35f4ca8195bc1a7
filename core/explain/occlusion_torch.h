#pragma once

// Internal to core: needs LibTorch.

#include "core/explain/explanation.h"

#include <ATen/ATen.h>

#include <functional>
#include <optional>
#include <stop_token>
#include <vector>

namespace thaw {

/// The square is cut into this many strips each way; a patch covers two of them, a fifth of the side, and
/// moves by one.
inline constexpr int occlusionStrips = 10;
inline constexpr int occlusionSteps = occlusionStrips - 1;

/// Where the strips begin, and where the last one ends: within half a pixel of equal widths.
std::vector<int> occlusionEdges(int side);

/// The logits of a picture with each of the patches on it, row by row: [patches, outputs] on the CPU. What
/// covers it is the mean colour of the input convention, zero for the network.
/// @param picture [1, 3, side, side] as the network takes it
/// @param logitsOf of pictures [K, 3, side, side]
/// @param together how many to compute at once
/// @return nothing when stopped
std::optional<at::Tensor> occludedLogits(const at::Tensor& picture,
                                         const std::function<at::Tensor(const at::Tensor&)>& logitsOf,
                                         int together, const std::stop_token& stop);

/// Each place's evidence: by how much covering it lowers the score, as the mean over the patches that cover
/// it.
/// @param score of the whole picture
/// @param covered scores [patches] on the CPU
PlaceMap occlusionMap(double score, const at::Tensor& covered);

} // namespace thaw

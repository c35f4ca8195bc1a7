#pragma once

// Internal to core: needs LibTorch.

#include "core/base/image.h"
#include "core/model/weights/weights.h"

#include <filesystem>

namespace thaw {

/// Noise on the 0–255 scale, always the same: the picture that a module is asked about.
FloatImage checkPicture(int side);

/// Reloads what writeTorchScript wrote and compares its answer with the model's own. Logits may differ by
/// what rounding makes of them, which the size of the head's weights decides, and probabilities have to
/// follow from the logits.
/// @throws Error Internal where they do not; c10::Error for a file that is no such module
void checkTorchScript(const ModelWeights& model, const std::filesystem::path& file);

} // namespace thaw

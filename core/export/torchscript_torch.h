#pragma once

// Internal to core: needs LibTorch.

#include "core/model/weights.h"

#include <filesystem>

namespace thaw {

/// Writes a TorchScript module (see exportModel) and compares the reloaded file's answer with the model's own
/// on a made picture: probabilities may differ by 1e-5 at most (float32, the same kernels).
/// @throws Error WriteFailed, DiskFull, Internal
void writeAndCheckTorchScript(const ModelWeights& model, const std::filesystem::path& file);

} // namespace thaw

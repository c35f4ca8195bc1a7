#pragma once

// Internal to core: needs LibTorch.

#include "core/model/weights/weights.h"

#include <filesystem>

namespace thaw {

/// Writes a TorchScript module (see exportModel). @throws Error WriteFailed, DiskFull
void writeTorchScript(const ModelWeights& model, const std::filesystem::path& file);

} // namespace thaw

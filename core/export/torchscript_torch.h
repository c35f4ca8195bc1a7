#pragma once

// Internal to core: needs LibTorch.

#include "core/export/export_facts.h"
#include "core/model/weights/weights.h"

#include <filesystem>

namespace thaw {

/// Writes a TorchScript module (see exportModel). @throws Error WriteFailed, DiskFull
void writeTorchScript(const ModelWeights& model, const std::filesystem::path& file,
                      const ExportFacts& facts = {});

} // namespace thaw

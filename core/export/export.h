#pragma once

#include "core/model/weights.h"

#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

namespace thaw {

enum class ExportFormat { Safetensors, TorchScript };

const char* nameOf(ExportFormat format); ///< "safetensors", "torchscript"
std::optional<ExportFormat> exportFormatFromName(std::string_view name);
std::vector<ExportFormat> exportFormats();

/// Writes the model with class names and full preprocessing inside.
///
/// Safetensors: torchvision names for the base, "head.…" for the head, metadata as in the run's own files.
/// TorchScript: a module whose forward takes [N, 3, S, S] float RGB on the 0–255 scale, resized by the stated
/// rule, does the input convention itself and returns [N, classes] probabilities, and whose method "logits"
/// takes the same and returns what sigmoid or softmax take in; extra file "thaw.json" holds classes and
/// preprocessing. The file is reloaded and its answer compared with the model's before it takes its place.
/// Of the weights' file that the recipe names only the name is kept: no export tells of the folders of
/// whoever trained the model.
/// @throws Error WriteFailed, DiskFull, Internal (the reloaded file disagrees)
void exportModel(const ModelWeights& model, ExportFormat format, const std::filesystem::path& file);

} // namespace thaw

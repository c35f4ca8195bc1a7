#pragma once

#include "core/model/weights/weights.h"

#include <filesystem>
#include <string_view>
#include <vector>

namespace thaw {

/// A format that a model can be exported in: a row of exporters(). A new one is a new row.
struct Exporter
{
    const char* name;   ///< "torchscript": in commands and in front ends' tables of words
    const char* ending; ///< of its files, without the dot
    /// Writes a new file. @throws Error WriteFailed, DiskFull
    void (*write)(const ModelWeights& model, const std::filesystem::path& file);
    /// Reads it back and compares it with the model. @throws Error Internal where they disagree
    void (*check)(const ModelWeights& model, const std::filesystem::path& file);
};

/// "safetensors" and "torchscript", in the order to offer them.
const std::vector<Exporter>& exporters();
/// Null for a name that is not known.
const Exporter* exporterNamed(std::string_view name);

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
void exportModel(const ModelWeights& model, const Exporter& exporter, const std::filesystem::path& file);

} // namespace thaw

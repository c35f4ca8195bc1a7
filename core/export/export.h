#pragma once

#include "core/export/export_facts.h"
#include "core/export/parity.h"
#include "core/model/weights/weights.h"

#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

namespace thaw {

/// A format that a model can be exported in: a row of exporters(). A new one is a new row.
struct Exporter
{
    const char* name;   ///< "torchscript": in commands and in front ends' tables of words
    const char* ending; ///< of its files, without the dot
    /// Writes a new file. @throws Error WriteFailed, DiskFull; Usage for a model that it cannot hold
    void (*write)(const ModelWeights& model, const std::filesystem::path& file, const ExportFacts& facts);
    /// What comparing answers does not show; may be null. @throws Error Internal
    void (*check)(const ModelWeights& model, const std::filesystem::path& file);
    /// Whether a file is of this format, by its first bytes or its structure.
    bool (*recognises)(const std::filesystem::path& file);
    /// See core/export/exported_models.h.
    std::unique_ptr<ExportedModel> (*open)(const std::filesystem::path& file, const TransformSpec& transform);
};

/// In the order to offer them: "safetensors", "torchscript", "onnx", "onnx-image".
const std::vector<Exporter>& exporters();
/// Null for a name that is not known.
const Exporter* exporterNamed(std::string_view name);

/// Writes the model with class names and full preprocessing inside.
///
/// Safetensors: torchvision names for the base, "head.…" for the head, metadata as in the run's own files.
/// TorchScript: a module whose forward takes [N, 3, S, S] float RGB on the 0–255 scale, resized by the stated
/// rule, does the input convention itself and returns [N, classes] probabilities, and whose method "logits"
/// takes the same and returns what sigmoid or softmax take in; extra file "thaw.json" holds classes and
/// preprocessing. ONNX: see core/export/onnx_writer.h.
/// The file is loaded again and its answers compared with the model's, on the pictures of `facts`, before it
/// takes its place; it notes the largest difference. Of the weights' file that the recipe names only the name
/// is kept: no export tells of the folders of whoever trained the model.
/// @throws Error WriteFailed, DiskFull, Usage, Internal (the file disagrees; names the picture)
ParityReport exportModel(const ModelWeights& model, const Exporter& exporter,
                         const std::filesystem::path& file, const ExportFacts& facts = {});

/// The same comparison for a file that was exported before.
/// @throws Error FileNotFound, FileUnreadable, WeightsInvalid (no export of Thaw's, or a damaged one)
ParityReport verifyExport(const std::filesystem::path& file, const ModelWeights& model,
                          const ExportFacts& facts);

} // namespace thaw

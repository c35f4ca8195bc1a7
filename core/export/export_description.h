#pragma once

#include "core/export/export_facts.h"
#include "core/model/weights/weights.h"

#include <map>
#include <string>

namespace thaw {

/// What an exported file takes.
enum class ExportInput {
    Pixels, ///< [N, 3, S, S] float RGB on the 0–255 scale, resized by the stated rule
    Image,  ///< [N, H, W, 3] RGB bytes of any size; resizing is inside
};

/// Everything that a program has to know to get the model's own answers, as JSON: docs/exports.md lists it.
std::string describeExport(const ModelWeights& model, const ExportFacts& facts, ExportInput input);

/// The same in the keys that programs read from ONNX files, and describeExport() as "thaw.preprocess".
std::map<std::string, std::string> onnxProperties(const ModelWeights& model, const ExportFacts& facts,
                                                  ExportInput input);

/// What a safetensors file says beside the keys that describe every model of ours.
std::map<std::string, std::string> safetensorsProperties(const ExportFacts& facts);

} // namespace thaw

#pragma once

#include "core/export/export_facts.h"
#include "core/model/weights/weights.h"

#include <filesystem>

namespace thaw {

// ONNX files of IR version 7 and opset 13, which OpenCV 4.6, ONNX Runtime from 1.6 on and Windows ML read.
// Both hold the input convention, the network and sigmoid or softmax.

/// Input "image": float [batch, 3, S, S], RGB, 0–255. Output "probabilities": [batch, classes].
/// @throws Error WriteFailed, DiskFull
void writeOnnx(const ModelWeights& model, const std::filesystem::path& file, const ExportFacts& facts);

/// Input "image": uint8 [batch, height, width, 3], RGB, of any size. Output as above.
/// @throws Error Usage for rules of resizing other than "stretch" and "center-crop"
void writeOnnxImage(const ModelWeights& model, const std::filesystem::path& file, const ExportFacts& facts);

} // namespace thaw

#pragma once

#include "core/export/onnx_graph.h"

#include <string_view>
#include <vector>

namespace thaw {

/// Computes one node. @param inputs null: one that was left out
using OnnxOperation = OnnxTensor (*)(const OnnxNode& node, const std::vector<const OnnxTensor*>& inputs);

/// By the standard's name of it; null for one that is not known.
OnnxOperation onnxOperation(std::string_view type);

/// Of the type and its shape. @throws Error WeightsInvalid for another type
const std::vector<float>& floatsOf(const OnnxTensor& tensor);
const std::vector<std::int64_t>& integersOf(const OnnxTensor& tensor);

// The larger ones, in files of their own.
OnnxTensor onnxConvolution(const OnnxNode& node, const std::vector<const OnnxTensor*>& inputs);
OnnxTensor onnxResize(const OnnxNode& node, const std::vector<const OnnxTensor*>& inputs);

} // namespace thaw

#pragma once

#include "core/data/input/transform.h"
#include "core/export/parity.h"

#include <filesystem>
#include <memory>

namespace thaw {

// Each loads a file as the programs do that it is meant for. @throws Error WeightsInvalid for what is no such
// file; FileNotFound, FileUnreadable
// @param transform how pictures become what the file takes

/// By Thaw itself, as any model file.
std::unique_ptr<ExportedModel> openSafetensors(const std::filesystem::path& file,
                                               const TransformSpec& transform);
/// By LibTorch.
std::unique_ptr<ExportedModel> openTorchScript(const std::filesystem::path& file,
                                               const TransformSpec& transform);
/// By OpenCV, or by OnnxInterpreter where OpenCV refuses the file.
std::unique_ptr<ExportedModel> openOnnx(const std::filesystem::path& file, const TransformSpec& transform);
/// By OnnxInterpreter: OpenCV 4.6 loads no network whose input may have any size.
std::unique_ptr<ExportedModel> openOnnxImage(const std::filesystem::path& file,
                                             const TransformSpec& transform);

} // namespace thaw

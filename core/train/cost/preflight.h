#pragma once

#include "core/compute/compute_device.h"
#include "core/experiment/run_plan.h"
#include "core/run/notice.h"
#include "core/train/start/save_options.h"

#include <filesystem>
#include <optional>
#include <vector>

namespace thaw {

/// A word of caution where bfloat16 is asked for by name, and is no faster than float32 or not computed at
/// all; else nothing.
std::optional<NoticeCode> precisionCaution(Precision precision, const DeviceInfo& device);

/// A word of caution before Start: disk, memory. Empty when all is well.
/// @param plan its recipe need not be resolved
/// @param folder the run's, or one above it
/// @param saving as the run will have it: stored views must fit where it keeps them
/// @throws Error DiskFull when the run cannot fit
std::vector<Notice> preflight(const RunPlan& plan, const std::filesystem::path& folder,
                              const SaveOptions& saving);

} // namespace thaw

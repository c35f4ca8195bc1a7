#pragma once

#include "core/experiment/metrics.h"

#include <filesystem>
#include <vector>

namespace thaw {

/// history.csv: epoch,phase,loss,accuracy,val_loss,val_accuracy,learning_rate,seconds; one row an epoch,
/// numbers that read back to the same double, empty where not measured. Rewritten whole each time: a row is
/// never torn.
void writeHistory(const std::filesystem::path& file, const std::vector<EpochMetrics>& history);
/// @throws Error RunInvalid with the line's number
std::vector<EpochMetrics> readHistory(const std::filesystem::path& file);

} // namespace thaw

#pragma once

#include "core/model/weights/weights.h"
#include "core/run/run_store.h"

#include <string>
#include <vector>

namespace thaw {

/// The weights of best.safetensors. Older runs noted no hash of that file, and the record of a killed run may
/// be older than the file: these are read without comparing.
/// @throws Error RunInvalid where the file is missing, or is not the one that the run wrote; as
///         readModelWeights()
ModelWeights readBestWeights(const SavedRun& run);

/// Names of the phases' files that are not those that the run wrote, by the same rule. Missing ones and those
/// that cannot be read are not among them.
std::vector<std::string> exchangedWeights(const SavedRun& run);

/// Notes in `best` the hashes of the files that exist.
void noteWeightsThere(const RunFiles& files, std::vector<BestEpoch>& best);

} // namespace thaw

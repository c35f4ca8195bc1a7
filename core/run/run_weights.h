#pragma once

#include "core/model/weights.h"
#include "core/run/run_store.h"

#include <string>
#include <vector>

namespace thaw {

/// The weights of best.safetensors. Runs of before noted nothing of that file, and the record of one that was
/// killed may be older than it: these are read as they are.
/// @throws Error RunInvalid without the file, or where it is not the one that the run wrote; as
///         readModelWeights()
ModelWeights readBestWeights(const SavedRun& run);

/// Names of the phases' files that are not those that the run wrote, by the same rule. Missing ones and those
/// that cannot be read are not among them.
std::vector<std::string> exchangedWeights(const SavedRun& run);

/// Has `best` speak of the files that there are.
void noteWeightsThere(const RunFiles& files, std::vector<BestEpoch>& best);

} // namespace thaw

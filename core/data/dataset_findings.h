#pragma once

#include "core/data/dataset_index.h"

#include <set>
#include <string>

namespace thaw {

/// Adds what only the whole shows (the same picture twice, empty and uneven classes) to the index's problems,
/// and sorts them by path. Internal to core/data.
/// @param labels every class that was named, be it empty or not
void addFindings(DatasetIndex& index, const std::set<std::string>& labels);

} // namespace thaw

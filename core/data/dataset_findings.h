#pragma once

#include "core/data/dataset_index.h"

#include <map>
#include <set>
#include <string>

namespace thaw {

/// Adds what only the whole shows (the same picture twice, empty and uneven classes) to the index's problems,
/// and sorts them by path. Internal to core/data.
/// @param labels every class that was named, be it empty or not
/// @param fewColours samples with few colours, and how many: told where they are odd ones out, not where the
/// whole data set is of drawings
/// @param purpose Measuring: nothing is said of the number of training pictures
void addFindings(DatasetIndex& index, const std::set<std::string>& labels,
                 const std::map<std::string, int>& fewColours = {},
                 ScanPurpose purpose = ScanPurpose::Training);

} // namespace thaw

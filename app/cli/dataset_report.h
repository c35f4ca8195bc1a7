#pragma once

#include "app/cli/status_line.h"
#include "core/data/dataset/dataset_index.h"

#include <string>

namespace thaw::cli {

/// Tells the first problems of a data set on standard error, those of left-out pictures first, and how to see
/// them all. Silent when there are none.
/// @param name of the data set, as the user wrote it
void reportProblems(const DatasetIndex& dataset, const std::string& name, StatusLine& status);

} // namespace thaw::cli

#pragma once

#include "core/data/dataset/dataset_scan.h"
#include "core/evaluate/measured_pictures.h"
#include "core/run/run_store.h"

#include <filesystem>

namespace thaw {

/// How a data set is scanned to measure a model on it: cut by the recipe where it has no splits of its own,
/// and with the splits that the run's pictures have there where it is the run's own.
/// @param run that the model is of; may be null  @throws Error RunInvalid
ScanOptions measuringScan(const Recipe& recipe, const SavedRun* run, const std::filesystem::path& dataset);

/// What is known of the run's pictures. @param run may be null  @param dataset scanned as above
/// @throws Error RunInvalid
PicturesOfRun picturesOf(const SavedRun* run, const DatasetIndex& dataset);

} // namespace thaw

#pragma once

#include "core/data/dataset/dataset_index.h"
#include "core/evaluate/evaluation.h"

#include <filesystem>
#include <optional>
#include <string>

namespace thaw {

/// What was measured as a JSON object, all keys as in docs/run-folder.md but for version, evaluated_at and
/// dataset.
/// Accuracies and shares are 0–1; a number that was not measured is null; what was left out is named by its
/// whole path; bytes that are not UTF-8 become U+FFFD.
std::string formatMeasured(const Evaluation& evaluation);

/// evaluation.json: the same, and on which pictures and when.
/// @param timestamp ISO 8601, UTC
std::string formatEvaluation(const Evaluation& evaluation, const DatasetIndex& dataset,
                             const std::string& timestamp);

/// predictions.csv: path,truth,label,probability, then a column "p:CLASS" for each class. RFC 4180, one row a
/// picture in the split's order, paths relative to the data set's root where they lie in it.
std::string formatPredictions(const Evaluation& evaluation, const std::filesystem::path& root);

/// Both into a run's folder, each whole or not at all; those of an earlier evaluation are replaced.
/// @throws Error WriteFailed, DiskFull
void writeEvaluation(const std::filesystem::path& run, const Evaluation& evaluation,
                     const DatasetIndex& dataset);

/// Puts another threshold, or none, into a run's evaluation.json, with what it makes of the answers; nothing
/// else changes. @throws Error RunInvalid (no evaluation, or one that cannot be read), WriteFailed, DiskFull
void keepThreshold(const std::filesystem::path& run, const std::optional<ChosenThreshold>& threshold);

} // namespace thaw

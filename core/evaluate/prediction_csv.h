#pragma once

#include "core/evaluate/evaluation.h"

#include <string>
#include <vector>

namespace thaw {

/// Answers as a table for people and their spreadsheets: path, label, probability, error, then p:CLASS for
/// each class. Names and paths as csvName() and csvPath() write them; lines end in CR LF.

std::string predictionCsvHeader(const std::vector<std::string>& classes);
/// @pre without an error it has a probability for each class
std::string predictionCsvRow(const Prediction& prediction, const std::vector<std::string>& classes);

} // namespace thaw

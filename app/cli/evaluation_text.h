#pragma once

#include "core/evaluate/evaluation.h"
#include "core/evaluate/measured_pictures.h"

#include <string>
#include <vector>

namespace thaw::cli {

/// What `evaluate` prints, at most `columns` wide: the confusion of few classes, or of many a line for each,
/// the worst ones only, and the largest confusions. Classes stand in natural order.
std::string evaluationText(const Evaluation& evaluation, std::size_t columns = 100);

// The rest is for standard error.

/// What has to be said of the choice of the pictures.
/// @param isModelFile the model is not in a run
std::vector<std::string> choiceLines(const MeasuredPictures& measured, bool isModelFile);

/// What an evaluation says of the pictures it left out: how many, then the first twenty. None when none was.
std::vector<std::string> leftOutLines(const Evaluation& evaluation);

/// Classes that the model does not know, those that may be meant instead, and those that it knows.
std::vector<std::string> unknownClassLines(const Evaluation& evaluation);

} // namespace thaw::cli

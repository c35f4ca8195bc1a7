#pragma once

// Internal to core: needs LibTorch.

#include "core/evaluate/evaluation.h"

#include <ATen/ATen.h>

#include <string>
#include <vector>

namespace thaw {

/// An evaluation with no picture measured yet: its names, and what the data set's scan could not read.
/// @param part see Evaluation::split
Evaluation evaluationToFill(const DatasetIndex& dataset, const std::vector<std::string>& classes,
                            const std::string& part);

/// One prediction a row, with neither path nor truth. @param logits [N, outputs], on the processor
std::vector<Prediction> predictionsOf(const at::Tensor& logits);

/// Adds a picture's answer, to the confusion too; not to the score.
/// @pre it has a truth
void addPrediction(Evaluation& evaluation, Prediction prediction);

} // namespace thaw

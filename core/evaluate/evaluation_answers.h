#pragma once

#include "core/evaluate/evaluation.h"
#include "core/evaluate/metrics/answers.h"

namespace thaw {

/// The predictions of an evaluation as the figures take them, in their order.
/// @pre each has a truth and a probability for each class
Answers answersOf(const Evaluation& evaluation);

} // namespace thaw

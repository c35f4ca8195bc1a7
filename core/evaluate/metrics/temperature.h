#pragma once

#include "core/evaluate/metrics/answers.h"

namespace thaw {

/// The range that a temperature is looked for in.
inline constexpr double leastTemperature = 0.01;
inline constexpr double largestTemperature = 100;

/// Temperature scaling: the one number T by which the logits are divided so that the log-loss of these
/// answers is least. Above 1 the model was too sure, below 1 not sure enough; no likeliest class changes. To
/// be found on validation pictures, since it is fitted. The logits are the logarithms of the probabilities,
/// of less than 2⁻⁵² as of 2⁻⁵². 1 of no pictures; an end of the range where the loss falls towards it
/// (everything right, say).
double fittedTemperature(const Answers& answers);

/// The answers at a temperature.
Answers atTemperature(const Answers& answers, double temperature);

} // namespace thaw

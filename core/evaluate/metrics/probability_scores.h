#pragma once

#include "core/evaluate/metrics/answers.h"

namespace thaw {

/// −ln of what the true class was given; at most 36.04, for what was given less than 2⁻⁵², so that one sure
/// mistake does not make the mean infinite. As scikit-learn's log_loss() of doubles.
double pictureLoss(const Answers& answers, std::size_t picture);

/// The mean of pictureLoss(). Not-a-number of no pictures.
double logLoss(const Answers& answers);

/// The mean squared distance of the probabilities from the truth. Of two classes that of the second's alone,
/// so that it lies between 0 and 1; of more the sum over the classes, between 0 and 2. Not-a-number of no
/// pictures.
double brierScore(const Answers& answers);

} // namespace thaw

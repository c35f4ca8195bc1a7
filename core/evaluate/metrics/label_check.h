#pragma once

#include "core/evaluate/metrics/answers.h"

#include <cstddef>
#include <vector>

namespace thaw {

/// By class: the mean probability that pictures labelled as the class are given for it, which is what a good
/// label of this class usually gets (confident learning: Northcutt et al. 2021). Not-a-number of a class
/// without pictures.
std::vector<double> confidentThresholds(const Answers& answers);

/// A picture whose label is doubtful.
struct LabelSuspect
{
    std::size_t picture = 0;
    std::size_t given = 0;     ///< its label
    std::size_t suggested = 0; ///< the likeliest class
    double selfConfidence = 0; ///< the probability of its label

    bool operator==(const LabelSuspect&) const = default;
};

/// The pictures for which another class is likeliest and whose label gets less than is usual for its class,
/// the least self-confidence first. Good only of answers that the model gives without having been trained on
/// these very pictures.
std::vector<LabelSuspect> labelSuspects(const Answers& answers);

} // namespace thaw

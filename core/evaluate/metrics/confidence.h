#pragma once

#include "core/evaluate/metrics/answers.h"

#include <cstddef>
#include <vector>

namespace thaw {

/// How many answers of about one confidence (the largest probability) are right and how many wrong.
struct ConfidenceBin
{
    double low = 0;  ///< from here on
    double high = 0; ///< below this; the last bin holds 1 too
    std::size_t right = 0;
    std::size_t wrong = 0;
};
/// Equal bins on [0, 1].
std::vector<ConfidenceBin> confidenceHistogram(const Answers& answers, std::size_t bins = 20);

/// How right the answers are when only those of at least a confidence are given.
struct CoveragePoint
{
    double confidence = 0; ///< the least that is answered
    double coverage = 0;   ///< share of the pictures answered
    double accuracy = 0;   ///< share of these answered rightly
};
/// A point for each distinct confidence, the highest first; the last one is of all pictures.
std::vector<CoveragePoint> accuracyAgainstCoverage(const Answers& answers);

} // namespace thaw

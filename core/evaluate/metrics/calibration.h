#pragma once

#include "core/evaluate/metrics/answers.h"

#include <cstddef>
#include <vector>

namespace thaw {

/// Pictures whose confidence is about the same: of a model that knows how sure it may be, that share is
/// right.
struct ReliabilityBin
{
    double low = 0;  ///< from here on
    double high = 0; ///< below this; the last bin is of exactly 1
    std::size_t images = 0;
    double confidence = 0; ///< mean; not-a-number of no pictures
    double accuracy = 0;   ///< share; likewise
};

inline constexpr std::size_t calibrationBins = 15;

/// As many equal bins on [0, 1) as asked for, and one of exactly 1. Many classes: the confidence is the
/// largest probability, and the accuracy the share answered rightly. Two classes: the confidence is the
/// probability of the second, and the accuracy the share of pictures that are of the second; so every picture
/// counts with what its one output says, and a model that says 0.1 where one in ten is of the second is
/// right. (By the larger of the two, the same answers would give other numbers.) As torchmetrics'
/// multiclass_calibration_error() and binary_calibration_error().
std::vector<ReliabilityBin> reliabilityBins(const Answers& answers, std::size_t bins = calibrationBins);

struct CalibrationError
{
    double expected = 0; ///< ECE: mean |accuracy − confidence|, each bin by its pictures
    double largest = 0;  ///< MCE: the largest of any bin with pictures
};
/// Not-a-number of no pictures.
CalibrationError calibrationError(const std::vector<ReliabilityBin>& bins);

} // namespace thaw

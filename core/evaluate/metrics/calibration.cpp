#include "core/evaluate/metrics/calibration.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace thaw {

std::vector<ReliabilityBin> reliabilityBins(const Answers& answers, std::size_t bins)
{
    const auto edge = [&](std::size_t bin) { return static_cast<double>(bin) / static_cast<double>(bins); };
    std::vector<ReliabilityBin> result;
    std::vector<double> edges;
    for (std::size_t bin = 0; bin <= bins; ++bin) {
        edges.push_back(edge(bin));
        result.push_back({edge(bin), bin < bins ? edge(bin + 1) : 1.0, 0, 0, 0});
    }
    for (std::size_t i = 0; i < answers.size(); ++i) {
        const bool isTwo = answers.classes == 2;
        const double confidence = isTwo ? answers.probability(i, 1) : answers.confidence(i);
        const auto above = std::upper_bound(edges.begin(), edges.end(), confidence);
        ReliabilityBin& bin = result[static_cast<std::size_t>(above - edges.begin()) - 1];
        ++bin.images;
        bin.confidence += confidence;
        bin.accuracy += (isTwo ? answers.truth(i) == 1 : answers.isRight(i)) ? 1 : 0;
    }
    for (ReliabilityBin& bin : result) {
        bin.confidence /= static_cast<double>(bin.images); // 0/0 is not-a-number, as promised
        bin.accuracy /= static_cast<double>(bin.images);
    }
    return result;
}

CalibrationError calibrationError(const std::vector<ReliabilityBin>& bins)
{
    CalibrationError error;
    double images = 0;
    for (const ReliabilityBin& bin : bins) {
        if (bin.images > 0) {
            const double gap = std::abs(bin.accuracy - bin.confidence);
            error.expected += gap * static_cast<double>(bin.images);
            error.largest = std::max(error.largest, gap);
            images += static_cast<double>(bin.images);
        }
    }
    error.expected /= images;
    return images > 0 ? error : CalibrationError{error.expected, error.expected};
}

} // namespace thaw

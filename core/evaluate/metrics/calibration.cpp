#include "core/evaluate/metrics/calibration.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace thaw {

namespace {

/// Where the bins begin, as torch.linspace() of float32 has them, from both ends towards the middle: a
/// probability of exactly 0.6 is then in the same bin as there.
std::vector<float> binEdges(std::size_t bins)
{
    const float step = 1.0F / static_cast<float>(bins);
    std::vector<float> edges;
    for (std::size_t bin = 0; bin <= bins; ++bin) {
        edges.push_back(bin < (bins + 1) / 2 ? step * static_cast<float>(bin)
                                             : 1 - step * static_cast<float>(bins - bin));
    }
    return edges;
}

} // namespace

std::vector<ReliabilityBin> reliabilityBins(const Answers& answers, std::size_t bins)
{
    const std::vector<float> edges = binEdges(bins);
    const auto count = static_cast<double>(bins);
    std::vector<ReliabilityBin> result;
    for (std::size_t bin = 0; bin <= bins; ++bin) {
        const auto place = static_cast<double>(bin);
        result.push_back({place / count, std::min(1.0, (place + 1) / count), 0, 0, 0});
    }
    for (std::size_t i = 0; i < answers.size(); ++i) {
        const bool isTwo = answers.classes == 2;
        const float confidence = isTwo ? answers.probability(i, 1) : answers.confidence(i);
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

#include "core/evaluate/metrics/confidence.h"

#include "core/evaluate/metrics/score_steps.h"

#include <algorithm>

namespace thaw {

std::vector<ConfidenceBin> confidenceHistogram(const Answers& answers, std::size_t bins)
{
    const auto count = static_cast<double>(bins);
    std::vector<ConfidenceBin> result;
    for (std::size_t bin = 0; bin < bins; ++bin) {
        result.push_back({static_cast<double>(bin) / count, static_cast<double>(bin + 1) / count, 0, 0});
    }
    for (std::size_t i = 0; i < answers.size(); ++i) {
        const auto bin = static_cast<std::size_t>(static_cast<double>(answers.confidence(i)) * count);
        ConfidenceBin& found = result[std::min(bin, bins - 1)];
        ++(answers.isRight(i) ? found.right : found.wrong);
    }
    return result;
}

std::vector<CoveragePoint> accuracyAgainstCoverage(const Answers& answers)
{
    std::vector<float> confidences;
    std::vector<bool> right;
    for (std::size_t i = 0; i < answers.size(); ++i) {
        confidences.push_back(answers.confidence(i));
        right.push_back(answers.isRight(i));
    }
    std::vector<CoveragePoint> points;
    for (const ScoreStep& step : scoreSteps(confidences, right)) {
        const auto answered = static_cast<double>(step.positives + step.negatives);
        points.push_back({step.score, answered / static_cast<double>(answers.size()),
                          static_cast<double>(step.positives) / answered});
    }
    return points;
}

} // namespace thaw

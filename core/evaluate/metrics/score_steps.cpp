#include "core/evaluate/metrics/score_steps.h"

#include <algorithm>
#include <utility>

namespace thaw {

std::vector<ScoreStep> scoreSteps(const std::vector<float>& scores, const std::vector<bool>& positive)
{
    std::vector<std::pair<float, bool>> sorted;
    sorted.reserve(scores.size());
    for (std::size_t i = 0; i < scores.size(); ++i) {
        sorted.emplace_back(scores[i], positive[i]);
    }
    std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    std::vector<ScoreStep> steps;
    ScoreStep step;
    for (std::size_t i = 0; i < sorted.size(); ++i) {
        ++(sorted[i].second ? step.positives : step.negatives);
        if (i + 1 == sorted.size() || sorted[i + 1].first != sorted[i].first) {
            step.score = sorted[i].first;
            steps.push_back(step);
        }
    }
    return steps;
}

std::vector<ScoreStep> scoreSteps(const Answers& answers, std::size_t label)
{
    std::vector<float> scores;
    std::vector<bool> positive;
    scores.reserve(answers.size());
    positive.reserve(answers.size());
    for (std::size_t i = 0; i < answers.size(); ++i) {
        scores.push_back(answers.probability(i, label));
        positive.push_back(answers.truth(i) == label);
    }
    return scoreSteps(scores, positive);
}

} // namespace thaw

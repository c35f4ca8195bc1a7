#pragma once

#include "core/evaluate/metrics/answers.h"

#include <cstddef>
#include <vector>

namespace thaw {

/// How many pictures reach a score. One step for each distinct score, the highest first: pictures with the
/// same score cannot be told apart, so they come at once.
struct ScoreStep
{
    double score = 0;
    std::size_t positives = 0; ///< with at least this score
    std::size_t negatives = 0; ///< likewise
};

/// @param positive as many as scores
std::vector<ScoreStep> scoreSteps(const std::vector<float>& scores, const std::vector<bool>& positive);

/// One class against the rest: the score is its probability, its pictures are positive.
std::vector<ScoreStep> scoreSteps(const Answers& answers, std::size_t label);

} // namespace thaw

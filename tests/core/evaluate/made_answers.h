#pragma once

#include "core/evaluate/metrics/answers.h"

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace thaw::test {

/// Answers as tests/golden/make_metrics_golden.py makes them, to the bit.
struct MadeAnswers
{
    std::string name;
    std::size_t classes = 0;
    std::size_t pictures = 0;
    std::uint64_t seed = 0;
};
inline const std::vector<MadeAnswers> madeSets{{"two", 2, 400, 1},
                                               {"two, one in ten", 2, 500, 2},
                                               {"three", 3, 300, 3},
                                               {"five", 5, 400, 4},
                                               {"two hundred", 200, 1500, 5}};
Answers madeAnswers(const MadeAnswers& made);

/// By hand: a truth and its row of probabilities.
using AnswerRows = std::vector<std::pair<int, std::vector<float>>>;
Answers answersOf(std::size_t classes, const AnswerRows& rows);

} // namespace thaw::test

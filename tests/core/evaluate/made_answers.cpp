#include "tests/core/evaluate/made_answers.h"

#include "core/base/random.h"

#include <algorithm>
#include <numeric>

namespace thaw::test {

namespace {

std::uint64_t truthOf(RandomStream& random, const MadeAnswers& made)
{
    if (made.name == "two") {
        return random.below(2);
    }
    if (made.name == "two, one in ten") {
        return random.below(10) == 0 ? 1 : 0;
    }
    const std::uint64_t one = random.below(made.classes);
    return std::min(one, random.below(made.classes));
}

} // namespace

Answers madeAnswers(const MadeAnswers& made)
{
    Answers answers;
    answers.classes = made.classes;
    for (std::size_t picture = 0; picture < made.pictures; ++picture) {
        RandomStream random(mixKey({made.seed, picture}));
        const std::uint64_t truth = truthOf(random, made);
        const std::uint64_t favoured = random.below(100) < 75 ? truth : random.below(made.classes);
        std::vector<std::uint64_t> weights;
        for (std::size_t label = 0; label < made.classes; ++label) {
            weights.push_back(random.below(20) == 0 ? 0 : 1 + random.below(8));
        }
        weights[favoured] += random.below(12) * made.classes;
        if (random.below(15) == 0) {
            std::fill(weights.begin(), weights.end(), 0);
            weights[favoured] = 1;
        }
        std::uint64_t sum = std::accumulate(weights.begin(), weights.end(), std::uint64_t(0));
        if (sum == 0) {
            weights[favoured] = sum = 1;
        }
        const std::size_t first = answers.probabilities.size();
        for (const std::uint64_t weight : weights) {
            answers.probabilities.push_back(
                static_cast<float>(static_cast<double>(weight) / static_cast<double>(sum)));
        }
        if (made.classes == 2) {
            answers.probabilities[first] = 1 - answers.probabilities[first + 1];
        }
        answers.truths.push_back(static_cast<int>(truth));
    }
    return answers;
}

Answers answersOf(std::size_t classes, const AnswerRows& rows)
{
    Answers answers;
    answers.classes = classes;
    for (const auto& [truth, row] : rows) {
        answers.truths.push_back(truth);
        answers.probabilities.insert(answers.probabilities.end(), row.begin(), row.end());
    }
    return answers;
}

} // namespace thaw::test

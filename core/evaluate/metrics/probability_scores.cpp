#include "core/evaluate/metrics/probability_scores.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace thaw {

double pictureLoss(const Answers& answers, std::size_t picture)
{
    constexpr double least = std::numeric_limits<double>::epsilon();
    const double given = answers.probability(picture, answers.truth(picture));
    return -std::log(std::clamp(given, least, 1 - least));
}

double logLoss(const Answers& answers)
{
    double sum = 0;
    for (std::size_t i = 0; i < answers.size(); ++i) {
        sum += pictureLoss(answers, i);
    }
    return sum / static_cast<double>(answers.size());
}

double brierScore(const Answers& answers)
{
    double sum = 0;
    for (std::size_t i = 0; i < answers.size(); ++i) {
        for (std::size_t label = answers.classes == 2 ? 1 : 0; label < answers.classes; ++label) {
            const double target = answers.truth(i) == label ? 1 : 0;
            const double distance = answers.probability(i, label) - target;
            sum += distance * distance;
        }
    }
    return sum / static_cast<double>(answers.size());
}

} // namespace thaw

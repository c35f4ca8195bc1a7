#include "core/evaluate/threshold_answer.h"

#include <algorithm>

namespace thaw {

int answerBy(const std::optional<ChosenThreshold>& threshold, std::span<const float> probabilities)
{
    const auto likeliest = std::max_element(probabilities.begin(), probabilities.end());
    const auto label = static_cast<int>(likeliest - probabilities.begin());
    if (!threshold) {
        return label;
    }
    if (probabilities.size() == 2) {
        return static_cast<double>(probabilities[1]) >= threshold->value ? 1 : 0;
    }
    return static_cast<double>(*likeliest) >= threshold->value ? label : -1;
}

} // namespace thaw

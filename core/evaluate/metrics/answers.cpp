#include "core/evaluate/metrics/answers.h"

#include <algorithm>

namespace thaw {

std::size_t Answers::label(std::size_t picture) const
{
    const std::span<const float> shares = row(picture);
    return static_cast<std::size_t>(std::max_element(shares.begin(), shares.end()) - shares.begin());
}

std::vector<std::vector<int>> confusionOf(const Answers& answers)
{
    std::vector<std::vector<int>> confusion(answers.classes, std::vector<int>(answers.classes));
    for (std::size_t i = 0; i < answers.size(); ++i) {
        ++confusion[answers.truth(i)][answers.label(i)];
    }
    return confusion;
}

} // namespace thaw

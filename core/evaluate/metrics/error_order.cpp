#include "core/evaluate/metrics/error_order.h"

#include "core/evaluate/metrics/label_check.h"

#include <algorithm>
#include <utility>

namespace thaw {

std::vector<std::size_t> picturesInOrder(const Answers& answers, ErrorOrder order)
{
    std::vector<std::pair<float, std::size_t>> keyed; // the least first
    if (order == ErrorOrder::LikelyMislabelled) {
        for (const LabelSuspect& suspect : labelSuspects(answers)) {
            keyed.emplace_back(0.0F, suspect.picture);
        }
    }
    for (std::size_t i = 0; i < answers.size(); ++i) {
        if (order == ErrorOrder::Loss) {
            keyed.emplace_back(answers.probability(i, answers.truth(i)), i);
        } else if (order == ErrorOrder::WrongAndSure && !answers.isRight(i)) {
            keyed.emplace_back(-answers.confidence(i), i);
        } else if (order == ErrorOrder::RightAndUnsure && answers.isRight(i)) {
            keyed.emplace_back(answers.confidence(i), i);
        }
    }
    std::stable_sort(keyed.begin(), keyed.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<std::size_t> pictures;
    pictures.reserve(keyed.size());
    for (const auto& [key, picture] : keyed) {
        pictures.push_back(picture);
    }
    return pictures;
}

} // namespace thaw

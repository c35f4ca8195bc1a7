#include "core/evaluate/metrics/label_check.h"

#include <algorithm>

namespace thaw {

std::vector<double> confidentThresholds(const Answers& answers)
{
    std::vector<double> sums(answers.classes);
    std::vector<std::size_t> images(answers.classes);
    for (std::size_t i = 0; i < answers.size(); ++i) {
        sums[answers.truth(i)] += answers.probability(i, answers.truth(i));
        ++images[answers.truth(i)];
    }
    for (std::size_t label = 0; label < answers.classes; ++label) {
        sums[label] /= static_cast<double>(images[label]); // 0/0 is not-a-number, as promised
    }
    return sums;
}

std::vector<LabelSuspect> labelSuspects(const Answers& answers)
{
    const std::vector<double> usual = confidentThresholds(answers);
    std::vector<LabelSuspect> suspects;
    for (std::size_t i = 0; i < answers.size(); ++i) {
        const std::size_t given = answers.truth(i);
        const double confidence = answers.probability(i, given);
        if (!answers.isRight(i) && confidence < usual[given]) {
            suspects.push_back({i, given, answers.label(i), confidence});
        }
    }
    std::stable_sort(suspects.begin(), suspects.end(), [](const LabelSuspect& a, const LabelSuspect& b) {
        return a.selfConfidence < b.selfConfidence;
    });
    return suspects;
}

} // namespace thaw

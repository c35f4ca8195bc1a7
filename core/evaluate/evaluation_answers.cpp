#include "core/evaluate/evaluation_answers.h"

namespace thaw {

Answers answersOf(const Evaluation& evaluation)
{
    Answers answers;
    answers.classes = evaluation.classes.size();
    answers.truths.reserve(evaluation.predictions.size());
    answers.probabilities.reserve(evaluation.predictions.size() * answers.classes);
    for (const Prediction& prediction : evaluation.predictions) {
        answers.truths.push_back(prediction.truth);
        for (const double probability : prediction.probabilities) {
            answers.probabilities.push_back(static_cast<float>(probability));
        }
    }
    return answers;
}

} // namespace thaw

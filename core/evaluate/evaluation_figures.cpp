#include "core/evaluate/evaluation_figures.h"

#include "core/evaluate/evaluation_answers.h"
#include "core/evaluate/metrics/probability_scores.h"

#include <limits>

namespace thaw {

namespace {

double topFiveOf(const Evaluation& evaluation)
{
    if (evaluation.classes.size() < 6) {
        return std::numeric_limits<double>::quiet_NaN();
    }
    std::vector<std::vector<double>> probabilities;
    std::vector<int> truths;
    for (const Prediction& prediction : evaluation.predictions) {
        probabilities.push_back(prediction.probabilities);
        truths.push_back(prediction.truth);
    }
    return topAccuracy(probabilities, truths, 5);
}

} // namespace

EvaluationFigures figuresOf(const Evaluation& evaluation)
{
    const Answers answers = answersOf(evaluation);
    EvaluationFigures figures;
    for (std::size_t i = 0; i < evaluation.confusion.size(); ++i) {
        figures.right += evaluation.confusion[i][i];
    }
    figures.accuracyInterval = accuracyInterval(figures.right, evaluation.score.images);
    figures.balancedAccuracy = balancedAccuracy(evaluation.confusion);
    figures.baseline = baselineAccuracy(evaluation.confusion);
    figures.topFive = topFiveOf(evaluation);
    figures.brier = brierScore(answers);
    figures.calibration = calibrationError(reliabilityBins(answers));
    figures.classes = classMetrics(evaluation.confusion);
    figures.macro = macroAverage(figures.classes);
    figures.weighted = weightedAverage(figures.classes);
    figures.ranking = rankingFigures(answers);
    if (evaluation.threshold) {
        figures.atThreshold = {*evaluation.threshold, figuresAt(answers, evaluation.threshold->value),
                               confusionAt(answers, evaluation.threshold->value)};
    }
    return figures;
}

} // namespace thaw

#include "core/evaluate/metrics/ranking.h"

#include <cmath>
#include <limits>

namespace thaw {

namespace {

constexpr double undefinedFigure = std::numeric_limits<double>::quiet_NaN();

/// Over those that are numbers. @param weights as many, or empty
double meanOfDefined(const std::vector<double>& values, const std::vector<double>& weights)
{
    double sum = 0;
    double whole = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (!std::isnan(values[i])) {
            const double weight = weights.empty() ? 1 : weights[i];
            sum += weight * values[i];
            whole += weight;
        }
    }
    return whole > 0 ? sum / whole : undefinedFigure;
}

} // namespace

std::vector<RocPoint> rocCurve(const std::vector<ScoreStep>& steps)
{
    if (steps.empty() || steps.back().positives == 0 || steps.back().negatives == 0) {
        return {};
    }
    const auto positives = static_cast<double>(steps.back().positives);
    const auto negatives = static_cast<double>(steps.back().negatives);
    std::vector<RocPoint> points{{std::numeric_limits<double>::infinity(), 0, 0}};
    for (const ScoreStep& step : steps) {
        points.push_back({step.score, static_cast<double>(step.negatives) / negatives,
                          static_cast<double>(step.positives) / positives});
    }
    return points;
}

double rocArea(const std::vector<ScoreStep>& steps)
{
    if (steps.empty() || steps.back().positives == 0 || steps.back().negatives == 0) {
        return undefinedFigure;
    }
    double twice = 0;
    ScoreStep before;
    for (const ScoreStep& step : steps) {
        twice += static_cast<double>(step.negatives - before.negatives) *
                 static_cast<double>(step.positives + before.positives);
        before = step;
    }
    return twice / 2 / static_cast<double>(before.positives) / static_cast<double>(before.negatives);
}

std::vector<PrecisionRecallPoint> precisionRecallCurve(const std::vector<ScoreStep>& steps)
{
    std::vector<PrecisionRecallPoint> points;
    if (steps.empty() || steps.back().positives == 0) {
        return points;
    }
    const auto positives = static_cast<double>(steps.back().positives);
    for (const ScoreStep& step : steps) {
        const auto reached = static_cast<double>(step.positives + step.negatives);
        points.push_back({step.score, static_cast<double>(step.positives) / reached,
                          static_cast<double>(step.positives) / positives});
    }
    return points;
}

double averagePrecision(const std::vector<ScoreStep>& steps)
{
    if (steps.empty() || steps.back().positives == 0) {
        return undefinedFigure;
    }
    double sum = 0;
    double before = 0;
    for (const PrecisionRecallPoint& point : precisionRecallCurve(steps)) {
        sum += (point.recall - before) * point.precision;
        before = point.recall;
    }
    return sum;
}

RankingFigures rankingFigures(const Answers& answers)
{
    RankingFigures figures;
    std::vector<double> pictures;
    for (std::size_t label = 0; label < answers.classes; ++label) {
        const std::vector<ScoreStep> steps = scoreSteps(answers, label);
        figures.auc.push_back(rocArea(steps));
        figures.averagePrecision.push_back(averagePrecision(steps));
        pictures.push_back(steps.empty() ? 0 : static_cast<double>(steps.back().positives));
    }
    figures.macroAuc = meanOfDefined(figures.auc, {});
    figures.weightedAuc = meanOfDefined(figures.auc, pictures);
    figures.macroAveragePrecision = meanOfDefined(figures.averagePrecision, {});
    return figures;
}

} // namespace thaw

#include "core/evaluate/metrics/threshold_table.h"

#include "core/evaluate/metrics/score_steps.h"

#include <cmath>
#include <limits>

namespace thaw {

namespace {

bool isOfTwo(const Answers& answers)
{
    return answers.classes == 2;
}

double scoreOf(const Answers& answers, std::size_t picture)
{
    return isOfTwo(answers) ? answers.probability(picture, 1) : answers.confidence(picture);
}

bool countsAsRight(const Answers& answers, std::size_t picture)
{
    return isOfTwo(answers) ? answers.truth(picture) == 1 : answers.isRight(picture);
}

/// How many are to be found: of the second class, or all.
std::size_t wantedIn(const Answers& answers)
{
    if (!isOfTwo(answers)) {
        return answers.size();
    }
    std::size_t count = 0;
    for (std::size_t i = 0; i < answers.size(); ++i) {
        count += answers.truth(i) == 1 ? 1 : 0;
    }
    return count;
}

double ratio(std::size_t part, std::size_t whole)
{
    return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole)
                     : std::numeric_limits<double>::quiet_NaN();
}

ThresholdFigures figuresFor(const Answers& answers, const ScoreStep& step, std::size_t wanted)
{
    ThresholdFigures figures;
    figures.threshold = step.score;
    figures.reached = step.positives + step.negatives;
    figures.right = step.positives;
    figures.missed = isOfTwo(answers) ? wanted - figures.right : wanted - figures.reached;
    figures.precision = ratio(figures.right, figures.reached);
    figures.recall = ratio(figures.right, wanted);
    figures.f1 = ratio(2 * figures.right, figures.reached + wanted);
    figures.coverage = ratio(figures.reached, answers.size());
    return figures;
}

/// The first row that is better than all before it. @param better of two rows
template <typename Better>
std::optional<ThresholdFigures> bestOf(const std::vector<ThresholdFigures>& table, const Better& better)
{
    std::optional<ThresholdFigures> best;
    for (const ThresholdFigures& row : table) {
        if (better(row, best)) {
            best = row;
        }
    }
    return best;
}

} // namespace

std::vector<ThresholdFigures> thresholdTable(const Answers& answers)
{
    std::vector<float> scores;
    std::vector<bool> right;
    for (std::size_t i = 0; i < answers.size(); ++i) {
        scores.push_back(static_cast<float>(scoreOf(answers, i)));
        right.push_back(countsAsRight(answers, i));
    }
    const std::size_t wanted = wantedIn(answers);
    std::vector<ThresholdFigures> table;
    for (const ScoreStep& step : scoreSteps(scores, right)) {
        table.push_back(figuresFor(answers, step, wanted));
    }
    return table;
}

ThresholdFigures figuresAt(const Answers& answers, double threshold)
{
    ScoreStep step{threshold, 0, 0};
    for (std::size_t i = 0; i < answers.size(); ++i) {
        if (scoreOf(answers, i) >= threshold) {
            ++(countsAsRight(answers, i) ? step.positives : step.negatives);
        }
    }
    return figuresFor(answers, step, wantedIn(answers));
}

std::optional<ThresholdFigures> bestF1(const std::vector<ThresholdFigures>& table)
{
    return bestOf(table, [](const ThresholdFigures& row, const std::optional<ThresholdFigures>& best) {
        return !std::isnan(row.f1) && (!best || row.f1 > best->f1);
    });
}

std::optional<ThresholdFigures> withPrecision(const std::vector<ThresholdFigures>& table, double precision)
{
    return bestOf(table, [&](const ThresholdFigures& row, const std::optional<ThresholdFigures>& best) {
        return row.precision >= precision && (!best || row.right > best->right);
    });
}

std::optional<ThresholdFigures> leastCost(const std::vector<ThresholdFigures>& table, double miss,
                                          double falseAlarm)
{
    const auto cost = [&](const ThresholdFigures& row) {
        return miss * static_cast<double>(row.missed) + falseAlarm * static_cast<double>(row.falseAlarms());
    };
    return bestOf(table, [&](const ThresholdFigures& row, const std::optional<ThresholdFigures>& best) {
        return !best || cost(row) < cost(*best);
    });
}

ThresholdConfusion confusionAt(const Answers& answers, double threshold)
{
    ThresholdConfusion result{std::vector(answers.classes, std::vector<int>(answers.classes)),
                              std::vector<int>(answers.classes)};
    for (std::size_t i = 0; i < answers.size(); ++i) {
        const bool reached = scoreOf(answers, i) >= threshold;
        if (isOfTwo(answers)) {
            ++result.confusion[answers.truth(i)][reached ? 1 : 0];
        } else if (reached) {
            ++result.confusion[answers.truth(i)][answers.label(i)];
        } else {
            ++result.uncertain[answers.truth(i)];
        }
    }
    return result;
}

} // namespace thaw

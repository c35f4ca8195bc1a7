#pragma once

#include "core/evaluate/metrics/score_steps.h"

#include <vector>

namespace thaw {

struct RocPoint
{
    double threshold = 0;         ///< infinite at the first point, which nothing reaches
    double falsePositiveRate = 0; ///< share of the negatives that reach it
    double truePositiveRate = 0;  ///< share of the positives
};
/// From (0, 0) to (1, 1), a point for each distinct score. Empty without positives or without negatives.
std::vector<RocPoint> rocCurve(const std::vector<ScoreStep>& steps);
/// The area under it by trapezoids: how often a positive scores higher than a negative, ties counting half.
/// Not-a-number without positives or without negatives.
double rocArea(const std::vector<ScoreStep>& steps);

struct PrecisionRecallPoint
{
    double threshold = 0;
    double precision = 0; ///< share of those that reach it that are positive
    double recall = 0;    ///< share of the positives that reach it
};
/// A point for each distinct score, the highest first, to be drawn in steps: between two of them nothing is
/// known. Empty without positives.
std::vector<PrecisionRecallPoint> precisionRecallCurve(const std::vector<ScoreStep>& steps);
/// Σ (recall − recall before) · precision: no interpolation, no trapezoids. Not-a-number without positives.
double averagePrecision(const std::vector<ScoreStep>& steps);

/// Of each class against the rest, and their means over the classes of which the figure is defined.
struct RankingFigures
{
    std::vector<double> auc;              ///< by class, see rocArea
    std::vector<double> averagePrecision; ///< by class
    double macroAuc = 0;                  ///< each class counts the same
    double weightedAuc = 0;               ///< each class counts by its pictures
    double macroAveragePrecision = 0;
};
/// Figures of no class at all are not-a-number.
RankingFigures rankingFigures(const Answers& answers);

} // namespace thaw

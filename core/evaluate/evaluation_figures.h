#pragma once

#include "core/evaluate/class_metrics.h"
#include "core/evaluate/evaluation.h"
#include "core/evaluate/metrics/calibration.h"
#include "core/evaluate/metrics/ranking.h"
#include "core/evaluate/metrics/threshold_table.h"

#include <optional>
#include <vector>

namespace thaw {

/// What a threshold makes of an evaluation's answers.
struct FiguresAtThreshold
{
    ChosenThreshold chosen;
    ThresholdFigures figures;
    ThresholdConfusion counts;
};

/// The figures that are shown, printed and written of an evaluation. Not-a-number where one is not defined,
/// and where it takes predictions and the evaluation has none.
struct EvaluationFigures
{
    int right = 0;
    AccuracyInterval accuracyInterval;
    double balancedAccuracy = 0;
    double baseline = 0;
    double topFive = 0; ///< not-a-number of fewer than six classes, of which it is always 1 or nearly
    double brier = 0;
    CalibrationError calibration;
    std::vector<ClassMetrics> classes;
    AverageMetrics macro;
    AverageMetrics weighted;
    RankingFigures ranking;
    std::optional<FiguresAtThreshold> atThreshold; ///< where the evaluation has a threshold
};
EvaluationFigures figuresOf(const Evaluation& evaluation);

} // namespace thaw

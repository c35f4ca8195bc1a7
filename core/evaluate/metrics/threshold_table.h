#pragma once

#include "core/evaluate/metrics/answers.h"

#include <cstddef>
#include <optional>
#include <vector>

namespace thaw {

/// What a threshold makes of the answers.
///
/// Two classes: the score is the probability of the second; a picture that reaches the threshold is taken for
/// the second, all others for the first. Precision and recall are those of the second class.
///
/// More classes: the score is the largest probability; a picture that reaches the threshold is answered, the
/// others are left uncertain. Precision is the share of the answers that are right, recall the share of all
/// pictures that are answered rightly.
struct ThresholdFigures
{
    double threshold = 0;
    std::size_t reached = 0; ///< pictures that reach it
    std::size_t right = 0;   ///< of these: of the second class, or answered rightly
    std::size_t missed = 0;  ///< that do not reach it: of the second class; of more classes all of them
    double precision = 0;    ///< right / reached; not-a-number where none does
    double recall = 0;       ///< right / pictures of the second class, or all; not-a-number of none
    double f1 = 0;           ///< the harmonic mean of both: 2·right / (reached + those)
    double coverage = 0;     ///< reached / all pictures; not-a-number of no pictures

    std::size_t falseAlarms() const { return reached - right; }
};

/// Figures for each distinct score, the highest first.
std::vector<ThresholdFigures> thresholdTable(const Answers& answers);
/// At any threshold, 0–1.
ThresholdFigures figuresAt(const Answers& answers, double threshold);

/// The row with the largest F1, of equal ones that with the highest threshold. Nothing of an empty table, or
/// where no F1 is defined.
std::optional<ThresholdFigures> bestF1(const std::vector<ThresholdFigures>& table);
/// Of the rows with at least this precision the one with the largest recall, of equal ones the highest
/// threshold. Nothing where no row has it.
std::optional<ThresholdFigures> withPrecision(const std::vector<ThresholdFigures>& table, double precision);
/// The row whose mistakes cost least, where one missed costs `miss` and one false alarm `falseAlarm`; of
/// equal ones the highest threshold. Nothing of an empty table.
std::optional<ThresholdFigures> leastCost(const std::vector<ThresholdFigures>& table, double miss,
                                          double falseAlarm);

/// The confusion by a threshold.
struct ThresholdConfusion
{
    std::vector<std::vector<int>> confusion; ///< [true][answered]
    std::vector<int> uncertain;              ///< by true class; all 0 of two classes
};
ThresholdConfusion confusionAt(const Answers& answers, double threshold);

} // namespace thaw

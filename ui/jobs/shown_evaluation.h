#pragma once

#include "core/evaluate/evaluation_figures.h"
#include "core/evaluate/kept_evaluation.h"
#include "core/evaluate/metrics/answers.h"

#include <QMetaType>

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace thaw::ui {

/// An evaluation as the window shows it: computed on a worker's thread, never changed once made. Its answers
/// are a table of numbers beside a list of paths, which takes a quarter of the memory of Predictions.
struct ShownEvaluation
{
    std::filesystem::path run;
    KeptEvaluation kept; ///< without its predictions
    bool isKept = true;  ///< it is what the run's folder holds
    EvaluationFigures figures;
    // One entry a picture; none where the pictures' answers were not kept.
    Answers answers;
    std::vector<int> labels; ///< the answers
    std::vector<std::string> paths;
    std::string trouble; ///< why there are no answers although the run has some; plain English
    bool isRootGone = false;

    const Evaluation& evaluation() const { return kept.evaluation; }
    bool hasAnswers() const { return answers.size() > 0; }
    std::size_t wrong() const { return std::size_t(evaluation().score.images - figures.right); }
};

using ShownEvaluationPointer = std::shared_ptr<const ShownEvaluation>;

/// @param kept with its predictions
ShownEvaluationPointer makeShown(const std::filesystem::path& run, KeptEvaluation kept, bool isKept,
                                 const std::string& trouble = {});

} // namespace thaw::ui

Q_DECLARE_METATYPE(thaw::ui::ShownEvaluationPointer)

#include "ui/jobs/shown_evaluation.h"

#include "core/evaluate/evaluation_answers.h"

#include <system_error>
#include <utility>

namespace thaw::ui {

ShownEvaluationPointer makeShown(const std::filesystem::path& run, KeptEvaluation kept, bool isKept,
                                 const std::string& trouble)
{
    auto shown = std::make_shared<ShownEvaluation>();
    shown->run = run;
    shown->isKept = isKept;
    shown->trouble = trouble;
    shown->figures = figuresOf(kept.evaluation);
    shown->answers = answersOf(kept.evaluation);
    for (Prediction& prediction : kept.evaluation.predictions) {
        shown->paths.push_back(std::move(prediction.path));
        shown->labels.push_back(prediction.label);
    }
    kept.evaluation.predictions = {};
    std::error_code ignored;
    shown->isRootGone = !kept.root.empty() && !std::filesystem::exists(kept.root, ignored);
    shown->kept = std::move(kept);
    return shown;
}

} // namespace thaw::ui

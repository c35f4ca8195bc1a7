#include "app/cli/run_summary.h"

#include "app/cli/text.h"
#include "core/base/percent_text.h"
#include "core/experiment/run_coverage.h"
#include "core/train/start/picture_losses.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace thaw::cli {

namespace {

/// " over 2 of 3 classes (none of wren)"; empty where none is missing.
std::string overClassesText(const RunRecord& record, const std::vector<std::string>& unmeasured)
{
    const std::size_t classes = record.classes.size();
    return unmeasured.empty()
               ? std::string()
               : " over " + std::to_string(classes - std::min(classes, unmeasured.size())) + " of " +
                     std::to_string(classes) + " classes (none of " + someOf(unmeasured) + ")";
}

} // namespace

Score testScore(const RunRecord& record)
{
    return record.test && record.test->split == nameOf(Split::Test) ? record.test->score : Score{};
}

std::string measuredText(const RunRecord& record)
{
    if (!record.test) {
        return {};
    }
    const TestResult& test = *record.test;
    std::string text = overClassesText(record, unmeasuredInResult(record));
    if (std::cmp_less(test.score.images, test.splitImages)) {
        text += std::string(text.empty() ? "" : ",") + " on " + grouped(test.score.images) + " of " +
                grouped(static_cast<std::int64_t>(test.splitImages)) + " pictures";
    }
    return text;
}

std::string validationText(const RunRecord& record, const BestEpoch& best)
{
    const std::string text = accuracyText(best.valAccuracy, validationImages(record, best));
    return std::isnan(best.valAccuracy) ? text
                                        : text + overClassesText(record, unmeasuredInValidation(record));
}

Json summaryOf(const SavedRun& run)
{
    const RunRecord& record = run.record;
    Json object;
    object["run"] = run.folder.string();
    object["name"] = record.name;
    object["state"] = nameOf(record.state);
    object["recipe"] = run.recipe.name;
    object["started_at"] = record.startedAt;
    object["ended_at"] = record.endedAt;
    object["epochs"] = run.history.size();
    object["best_val_accuracy"] = keptValAccuracy(record);
    object["test_accuracy"] = testScore(record).accuracy;
    // Classes that these numbers say nothing of.
    object["unmeasured"] = unmeasuredInResult(record);
    object["unmeasured_in_validation"] = unmeasuredInValidation(record);
    return object;
}

} // namespace thaw::cli

#include "app/cli/run_summary.h"

#include "app/cli/text.h"

#include <algorithm>
#include <utility>

namespace thaw::cli {

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
    std::string text;
    if (!test.unmeasured.empty()) {
        const std::size_t classes = record.classes.size();
        text = " over " + std::to_string(classes - std::min(classes, test.unmeasured.size())) + " of " +
               std::to_string(classes) + " classes (none of " + joined(test.unmeasured) + ")";
    }
    if (std::cmp_less(test.score.images, test.splitImages)) {
        text += std::string(text.empty() ? "" : ",") + " on " + grouped(test.score.images) + " of " +
                grouped(static_cast<std::int64_t>(test.splitImages)) + " pictures";
    }
    return text;
}

std::string validationText(const RunRecord& record)
{
    const std::vector<std::size_t>& counts = record.counts[static_cast<std::size_t>(Split::Validation)];
    std::vector<std::string> missing;
    bool isEmpty = true;
    for (std::size_t i = 0; i < std::min(counts.size(), record.classes.size()); ++i) {
        isEmpty = isEmpty && counts[i] == 0;
        if (counts[i] == 0) {
            missing.push_back(record.classes[i]);
        }
    }
    if (isEmpty || missing.empty()) {
        return {};
    }
    return "validation has no picture of " + joined(missing) + ": its numbers are over " +
           std::to_string(record.classes.size() - missing.size()) + " of " +
           std::to_string(record.classes.size()) + " classes";
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
    object["unmeasured"] = record.test ? record.test->unmeasured : std::vector<std::string>{};
    return object;
}

} // namespace thaw::cli

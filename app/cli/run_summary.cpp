#include "app/cli/run_summary.h"

#include <cmath>
#include <limits>

namespace thaw::cli {

double bestValAccuracy(const RunRecord& record)
{
    double best = std::numeric_limits<double>::quiet_NaN();
    for (const BestEpoch& epoch : record.best) {
        best = std::isnan(best) || epoch.valAccuracy > best ? epoch.valAccuracy : best;
    }
    return best;
}

Score testScore(const RunRecord& record)
{
    return record.test && record.test->split == nameOf(Split::Test) ? record.test->score : Score{};
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
    object["best_val_accuracy"] = bestValAccuracy(record);
    object["test_accuracy"] = testScore(record).accuracy;
    return object;
}

} // namespace thaw::cli

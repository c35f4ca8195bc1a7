#pragma once

#include "app/cli/output.h"
#include "core/run/run_store.h"

namespace thaw::cli {

/// The highest validation accuracy among the phases' best epochs; not-a-number when none has ended.
double bestValAccuracy(const RunRecord& record);

/// The result of the test split; nothing (not-a-number) when validation had to stand in for it.
Score testScore(const RunRecord& record);

/// {run, name, state, recipe, started_at, ended_at, epochs, best_val_accuracy, test_accuracy}
Json summaryOf(const SavedRun& run);

} // namespace thaw::cli

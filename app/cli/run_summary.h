#pragma once

#include "app/cli/output.h"
#include "core/run/run_store.h"

namespace thaw::cli {

/// The result of the test split; nothing (not-a-number) when validation had to stand in for it.
Score testScore(const RunRecord& record);

/// What a test result is over, where that is not each class and picture of its split: " over 2 of 3 classes
/// (none of wren), on 12 of 40 pictures". Empty as a rule.
std::string measuredText(const RunRecord& record);
/// The one text of a best epoch's validation accuracy: "50 %", or "50 % over 2 of 3 classes (none of wren)"
/// where validation had no picture of a class; "–" where there was none at all.
std::string validationText(const RunRecord& record, const BestEpoch& best);

/// best_val_accuracy is keptValAccuracy(), of the weights in best.safetensors.
/// {run, name, state, recipe, started_at, ended_at, epochs, best_val_accuracy, test_accuracy, unmeasured,
/// unmeasured_in_validation: classes that the test accuracy and the validation accuracy say nothing of}
Json summaryOf(const SavedRun& run);

} // namespace thaw::cli

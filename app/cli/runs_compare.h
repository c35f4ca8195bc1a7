#pragma once

#include "app/cli/output.h"
#include "core/run/run_store.h"

#include <string>
#include <vector>

namespace thaw::cli {

/// A field in which runs differ. null: this run has no such field (a recipe with fewer phases).
struct Difference
{
    std::string field;        ///< of the recipe as --set writes it, or "run.KEY" for what run.json tells
    std::vector<Json> values; ///< one a run
};

/// All fields of the recipes that are not the same in every run, in the recipe's order, then what else
/// decides a result: data set, weights, versions. A recipe's name is not a setting.
std::vector<Difference> differencesOf(const std::vector<SavedRun>& runs);

/// Results side by side, then the differences.
std::string comparisonText(const std::vector<SavedRun>& runs);

/// {runs: [what runs list says, and {best: [{phase, epoch, val_loss, val_accuracy}], test_loss,
/// trained_seconds}], differences: [{field, values: [one a run]}]}
Json comparisonOf(const std::vector<SavedRun>& runs);

} // namespace thaw::cli

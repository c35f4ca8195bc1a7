#pragma once

#include "core/run/run_store.h"

#include <string>
#include <vector>

namespace thaw {

/// A run's recipe as settings for another one: what recipe.json holds as it was resolved ("cpu", "float32",
/// 8 threads) is what was asked for again ("auto", 0), and the hash of the weights is gone. recipe.json
/// itself repeats the run.
struct AskedRecipe
{
    Recipe recipe;
    /// Fields ("device", "threads") of which only what was used is known, and which this machine would not
    /// choose by itself: they are as used.
    std::vector<std::string> asUsed;
};

/// Of a run whose record does not say what was asked, what this machine would choose by itself counts as left
/// to it. Looks at the machine's devices.
AskedRecipe askedRecipeOf(const SavedRun& run);

} // namespace thaw

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
    /// Fields ("device", "threads") whose requested value is unknown, and whose used value this machine would
    /// not choose under "auto": they keep the used value.
    std::vector<std::string> asUsed;
};

/// Where the record lacks the requested settings, a used value that this machine would choose under "auto"
/// counts as "auto". Looks at the machine's devices.
AskedRecipe askedRecipeOf(const SavedRun& run);

} // namespace thaw

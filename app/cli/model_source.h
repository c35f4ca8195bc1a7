#pragma once

#include "core/experiment/recipe.h"
#include "core/model/weights/weights.h"
#include "core/run/run_store.h"

#include <filesystem>
#include <optional>
#include <string>

namespace thaw::cli {

/// A trained model as RUN names it on the command line.
struct ModelSource
{
    std::filesystem::path file;  ///< the weights that were read
    std::optional<SavedRun> run; ///< when RUN is a run folder
    ModelWeights model;
    Recipe recipe; ///< it was trained by; the book's where the file does not say
};

/// A folder as given, else a run of that name under `root`.
std::filesystem::path findRun(const std::string& run, const std::filesystem::path& root);

/// A run folder (its best weights), the name of one under the default root, or a .safetensors model file.
/// @throws Error FileNotFound, RunInvalid, WeightsInvalid
ModelSource openModel(const std::string& runOrFile);

} // namespace thaw::cli

#pragma once

#include "core/experiment/recipe.h"
#include "core/model/weights/weights.h"
#include "core/run/run_store.h"

#include <filesystem>
#include <optional>

namespace thaw {

/// A trained model, with the run that it comes from.
struct ModelSource
{
    std::filesystem::path file;  ///< the weights that were read
    std::optional<SavedRun> run; ///< where a run folder was opened
    ModelWeights model;
    Recipe recipe; ///< it was trained by; the book's where the file does not say
};

/// `run` as it is where such a file or folder exists, else the run of that name under `root` where there is
/// one.
std::filesystem::path findRun(const std::filesystem::path& run, const std::filesystem::path& root);

/// The best weights of a run folder, or a .safetensors model file.
/// @throws Error FileNotFound, RunInvalid, WeightsInvalid, RecipeInvalid
ModelSource openModel(const std::filesystem::path& runOrFile);

} // namespace thaw

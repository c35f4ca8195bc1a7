#pragma once

#include "core/data/dataset/dataset_index.h"
#include "core/experiment/recipe.h"
#include "core/model/weights/weights.h"
#include "core/train/trainer.h"

#include <filesystem>
#include <string>

namespace thaw::test {

/// VGG16 at a sixteenth of its width and 32 pixels: a whole run takes seconds.
Recipe narrowRecipe(int headEpochs = 2, int jointEpochs = 2);

/// Everything for a run of `recipe` on the data set at `dataset`, with random weights drawn from the recipe's
/// seed.
TrainRequest narrowRequest(const Recipe& recipe, const std::filesystem::path& dataset,
                           const std::filesystem::path& run);

/// The file's bytes; for comparing runs to the last bit.
std::string bytesOf(const std::filesystem::path& file);

} // namespace thaw::test

#include "tests/support/narrow_network.h"

#include "core/base/atomic_file.h"
#include "core/data/dataset/dataset_scan.h"

namespace thaw::test {

Recipe narrowRecipe(int headEpochs, int jointEpochs)
{
    Recipe recipe = bookRecipe();
    recipe.name = "narrow";
    recipe.inputSize = 32;
    recipe.width = 1.0 / 16;
    recipe.weights = "none";
    recipe.batchSize = 8;
    recipe.seed = 11;
    recipe.threads = 1;
    recipe.phases[0].epochs = headEpochs;
    recipe.phases[1].epochs = jointEpochs;
    recipe.phases[1].learningRate = 1e-4;
    return recipe;
}

TrainRequest narrowRequest(const Recipe& recipe, const std::filesystem::path& dataset,
                           const std::filesystem::path& run)
{
    ScanOptions options;
    options.shares = recipe.split;
    options.threads = 1;
    return {recipe, *scanDataset(dataset, options),
            randomBaseWeights(scaledBackbone(recipe.width), recipe.seed), run};
}

std::string bytesOf(const std::filesystem::path& file)
{
    return readTextFile(file, 1ull << 30);
}

} // namespace thaw::test

#include "app/cli/exit_status.h"
#include "app/cli/seed_option.h"
#include "app/cli/text.h"
#include "app/cli/verbs.h"
#include "core/base/atomic_file.h"
#include "core/data/image/image_io.h"
#include "core/data/input/transform.h"
#include "core/experiment/recipe.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>
#include <optional>

namespace thaw::cli {

namespace {

struct AugmentArguments
{
    std::string image;
    std::string recipe = "book";
    int count = 9;
    std::optional<std::uint64_t> seed;
    std::string out;
};

std::string numbered(int number, int count)
{
    const std::size_t digits = std::max<std::size_t>(2, std::to_string(count).size());
    const std::string text = std::to_string(number);
    return "augment-" + std::string(digits - text.size(), '0') + text + ".png";
}

int augment(const AugmentArguments& options, Context& context)
{
    refuseUsedFolder(options.out);
    const Recipe recipe = loadRecipe(options.recipe);
    const std::vector<std::byte> bytes = readFile(options.image, maxImageFileSize);
    // Decoded once before the folder is made: a broken picture leaves nothing behind.
    transformImage(bytes, options.image, recipe.transform());
    const std::filesystem::path folder = options.out;
    ensureWritableFolder(folder);
    const ProgressCallback progress = context.status.progressOf("Augmenting");
    for (int epoch = 1; epoch <= options.count; ++epoch) {
        if (context.stop.stop_requested()) {
            return exitStopped;
        }
        const AugmentationKey key{recipe.augmentation, options.seed.value_or(recipe.seed), epoch};
        const auto file = folder / numbered(epoch, options.count);
        writePng(file, toRgbImage(transformImage(bytes, options.image, recipe.transform(), key)));
        context.status.clear();
        context.out.write(printable(file.string()) + "\n");
        if (progress) {
            progress({epoch, options.count});
        }
    }
    return exitDone;
}

} // namespace

Action addAugment(CLI::App& command)
{
    const auto options = std::make_shared<AugmentArguments>();
    command.add_option("IMAGE", options->image, "A picture")->required();
    command
        .add_option("--recipe", options->recipe,
                    "book, quick, fast, best or a recipe file; its augmentation is shown")
        ->capture_default_str();
    command.add_option("--count", options->count, "How many variations")
        ->check(CLI::Range(1, 10000))
        ->capture_default_str();
    checkSeed(*command.add_option("--seed", options->seed, "Seed of the variations (default: the recipe's)"));
    command.add_option("--out", options->out, "Folder for the PNG files, new or empty")->required();
    command.footer("Picture k is what epoch k of a training with this recipe and seed shows for this file.");
    return [options](Context& context) { return augment(*options, context); };
}

} // namespace thaw::cli

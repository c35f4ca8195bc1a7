#include "core/train/start/asked_recipe.h"

#include "core/base/error.h"
#include "core/compute/compute_device.h"

namespace thaw {

namespace {

/// What this machine makes of a recipe that asks for nothing; of a precision it does not compute, nothing.
bool wouldChoose(Precision used, const DeviceInfo& device)
{
    return used == Precision::Auto || used == resolvePrecision(Precision::Auto, device);
}

void guess(AskedRecipe& asked)
{
    Recipe& recipe = asked.recipe;
    const DeviceInfo own = resolveDevice("auto");
    DeviceInfo device = own;
    if (recipe.device == own.id) {
        recipe.device = "auto";
    } else if (recipe.device != "auto") {
        asked.asUsed.emplace_back("device");
        try {
            device = resolveDevice(recipe.device);
        } catch (const Error&) {
            // Another machine's: the precisions are compared with this one's own device.
        }
    }
    if (wouldChoose(recipe.precision, device)) {
        recipe.precision = Precision::Auto;
    } else {
        asked.asUsed.emplace_back("precision");
    }
    if (wouldChoose(recipe.trainedPrecision, device)) {
        recipe.trainedPrecision = Precision::Auto;
    } else {
        asked.asUsed.emplace_back("trained_precision");
    }
    if (recipe.threads == physicalCoreCount()) {
        recipe.threads = 0;
    } else if (recipe.threads > 0) {
        asked.asUsed.emplace_back("threads");
    }
}

} // namespace

AskedRecipe askedRecipeOf(const SavedRun& run)
{
    AskedRecipe asked{run.recipe, {}};
    Recipe& recipe = asked.recipe;
    recipe.weightsHash.clear(); // of the weights as they were then
    if (!run.record.asked) {
        guess(asked);
        return asked;
    }
    const AskedSettings& settings = *run.record.asked;
    recipe.device = settings.device;
    recipe.precision = precisionFromName(settings.precision).value_or(recipe.precision);
    recipe.trainedPrecision = precisionFromName(settings.trainedPrecision).value_or(recipe.trainedPrecision);
    recipe.threads = settings.threads;
    return asked;
}

} // namespace thaw

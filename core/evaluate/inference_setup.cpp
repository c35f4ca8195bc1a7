#include "core/compute/compute_device.h"
#include "core/compute/precision_torch.h"
#include "core/evaluate/inference_setup_torch.h"
#include "core/experiment/run_plan.h"

namespace thaw {

c10::Device deviceOf(const ComputeOptions& options)
{
    setDeviceRules();
    return c10::Device(resolveDevice(options.device).id);
}

PartSize partsOn(const ComputeOptions& options)
{
    return PartSize("the memory of " + resolveDevice(options.device).name);
}

FrozenPrefix frozenPartOf(const Network& network, const ModelWeights& model, const ComputeOptions& options)
{
    int boundary = baseLayerCount + 1;
    Precision trained = Precision::Float32;
    if (!model.recipeJson.empty()) {
        const Recipe recipe = parseRecipe(model.recipeJson).recipe;
        trained = recipe.precision;
        if (!recipe.phases.empty()) {
            boundary = planRun(recipe, {}).phase(model.phase).boundary;
        }
    }
    const DeviceInfo device = resolveDevice(options.device);
    // Trained on a CUDA device, and asked on one that does not compute what it was trained in.
    if (trained == Precision::Float16 && !device.float16) {
        trained = Precision::Float32;
    }
    const Precision used = options.precision == Precision::Auto ? trained : options.precision;
    return {network, boundary, scalarTypeOf(resolvePrecision(used, device))};
}

} // namespace thaw

#include "core/train/cost/run_needs.h"

#include "core/base/memory_use.h"
#include "core/compute/compute_device.h"
#include "core/model/kernels/frozen_chain.h"
#include "core/model/kernels/winograd.h"

#include <algorithm>
#include <cstdio>
#include <vector>

namespace thaw {

namespace {

constexpr double mebibyte = 1024.0 * 1024.0;
/// Batches that the loader holds ready, one in hand and one being filled.
constexpr double loadedBatches = 5;
/// Names, shapes and descriptions in a weights file, and the small files beside it.
constexpr double filesOverhead = 64 * 1024;

double valuesOf(const LayerInfo& layer)
{
    return static_cast<double>(layer.height) * layer.width * layer.channels;
}

/// Layers 1 … boundary−1 as a FrozenChain takes them, without weights.
std::vector<ChainLayer> chainOf(const std::vector<LayerInfo>& layers, int boundary)
{
    std::vector<ChainLayer> chain;
    for (int i = 1; i < boundary && i < static_cast<int>(layers.size()); ++i) {
        const LayerInfo& layer = layers[static_cast<std::size_t>(i)];
        chain.push_back({layer.kind == LayerKind::Pool, layers[static_cast<std::size_t>(i) - 1].channels,
                         layer.channels, nullptr, nullptr});
    }
    return chain;
}

/// Bytes of the frozen layers 1 … boundary−1: their weights, and what they work in for one batch.
double frozenBytes(const std::vector<LayerInfo>& layers, int boundary, double images, const Recipe& recipe)
{
    const int size = valueBytes(recipe.precision);
    const bool isHalf = size == 2;
    const ChainType type = isHalf ? ChainType::Bfloat16 : ChainType::Float32;
    const int side = layers.front().width;
    const std::vector<ChainLayer> chain = chainOf(layers, boundary);
    double weights = 0;
    double largest = 0;
    for (std::size_t i = 1; i <= chain.size(); ++i) {
        weights += static_cast<double>(layers[i].parameters);
        largest = std::max(largest, (valuesOf(layers[i - 1]) + valuesOf(layers[i])) * images * size);
    }
    const double inputs = valuesOf(layers.front()) * images * sizeof(float);
    if (!FrozenChain::fits(chain, side, type)) {
        return (isHalf ? weights * size : 0) + inputs + largest;
    }
    const double outputs = valuesOf(layers[chain.size()]) * images * size;
    const int threads = recipe.threads > 0 ? recipe.threads : physicalCoreCount();
    return static_cast<double>(FrozenChain::bytes(chain, side, type, threads)) + inputs + outputs;
}

/// Bytes of one batch in the layers from `boundary` on: values kept for the way back, the gradients on them,
/// and what convolutions work in.
double trainedBytes(const std::vector<LayerInfo>& layers, int boundary, double images)
{
    if (boundary >= static_cast<int>(layers.size())) {
        return 0;
    }
    const auto first = static_cast<std::size_t>(boundary);
    double kept = valuesOf(layers[first - 1]);
    double largest = kept;
    double workspace = 0;
    for (std::size_t i = first; i < layers.size(); ++i) {
        const LayerInfo& layer = layers[i];
        // A pool remembers where each of its values came from, in 64 bits.
        kept += valuesOf(layer) * (layer.kind == LayerKind::Pool ? 3 : 1);
        largest = std::max(largest, valuesOf(layer));
        const ConvolutionShape shape{static_cast<std::int64_t>(images), layers[i - 1].channels,
                                     layer.channels, layer.height, layer.width};
        const Winograd* winograd = layer.kind == LayerKind::Convolution ? winogradFor(shape) : nullptr;
        if (winograd) {
            workspace = std::max(workspace, static_cast<double>(winograd->workspaceBytes(shape)));
        }
    }
    const double inputs = valuesOf(layers.front()) * images * sizeof(float);
    // Gradients on the way back, and what the heap cannot use again at once: measured.
    constexpr double gradients = 6;
    return inputs + (kept + gradients * largest) * images * sizeof(float) + workspace;
}

/// Bytes of stored features that the run is measured by.
double measuredBytes(const RunPlan& plan)
{
    const SplitCounts& counts = plan.counts;
    const bool keepsValidation = plan.recipe.keepValidationFeatures;
    std::uint64_t bytes = keepsValidation ? plan.measuredBytes(counts.validation) : 0;
    if (plan.storesTest()) {
        // Without test pictures it is the validation's, once.
        const std::size_t rest = keepsValidation ? 0 : counts.validation;
        bytes += plan.testedBytes(counts.test > 0 ? counts.test : rest);
    }
    return static_cast<double>(bytes);
}

} // namespace

RunNeeds estimateRunNeeds(const RunPlan& plan)
{
    // The test takes less memory than training does: its pictures count for what is stored alone.
    const Recipe& recipe = plan.recipe;
    const std::vector<LayerInfo>& layers = plan.layers;
    const std::size_t mostPictures = std::max(plan.counts.train, plan.counts.validation);
    const double head = static_cast<double>(headParameters(plan.head)) * sizeof(float);
    double base = 0;
    for (const LayerInfo& layer : layers) {
        base += static_cast<double>(layer.parameters) * sizeof(float);
    }
    const double images = std::min(static_cast<double>(recipe.batchSize),
                                   static_cast<double>(std::max<std::size_t>(mostPictures, 1)));

    RunNeeds needs;
    double peak = 0;
    double frozen = 0;
    for (const PhasePlan& phase : plan.phases) {
        frozen = frozenBytes(layers, phase.boundary, images, recipe);
        const auto bytesOf = [&](const FreezePlan& trainable) {
            return head + static_cast<double>(trainable.trainableParameters(layers)) * sizeof(float);
        };
        const double trained = bytesOf(phase.freeze);
        const double ever = bytesOf(phase.trainedSoFar);
        const double average = phase.settings.emaMomentum > 0 ? trained : 0;
        const double state = phase.settings.optimizerSlots() * trained;
        needs.checkpoint = std::max(needs.checkpoint, ever + state + average);
        // Either a step is computed (the optimizer's state and gradients beside the weights), or the best
        // weights are copied twice on their way into a file.
        const double step = trainedBytes(layers, phase.boundary, images) + state + trained;
        const double saving = std::max(2 * (base + head), 2 * (ever + state + average)) + state;
        peak = std::max(peak, frozen + std::max(step, saving) + average);
    }
    // The test runs the best weights beside the last ones.
    peak = std::max(peak, frozen + base + head);
    const double loadedImages = std::min(loadedBatches * images, static_cast<double>(mostPictures));
    // What was asked for and the network made of it.
    needs.memory =
        ownMemoryAtStart() + 2 * base + head + peak + loadedImages * valuesOf(layers.front()) * sizeof(float);
    needs.views = static_cast<double>(plan.viewBytes());
    needs.measured = measuredBytes(plan);
    // Each phase's best, another one while it is replaced, and three checkpoints.
    needs.disk = (static_cast<double>(plan.phases.size()) + 1) * (base + head + filesOverhead) +
                 3 * (needs.checkpoint + filesOverhead);
    return needs;
}

std::string byteText(double bytes)
{
    char text[32];
    const double mebibytes = bytes / mebibyte;
    std::snprintf(text, sizeof text, mebibytes < 1024 ? "%.0f MiB" : "%.1f GiB",
                  mebibytes < 1024 ? std::max(1.0, mebibytes) : mebibytes / 1024);
    return text;
}

} // namespace thaw

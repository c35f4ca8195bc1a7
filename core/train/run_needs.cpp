#include "core/train/run_needs.h"

#include "core/train/view_schedule.h"

#include <algorithm>
#include <cstdio>
#include <vector>

namespace thaw {

namespace {

constexpr double mebibyte = 1024.0 * 1024.0;
/// The heaps of the program, LibTorch and OpenCV before anything is loaded: measured. The libraries' own
/// pages are not counted: the system can drop them and read them again.
constexpr double programBytes = 90 * mebibyte;
/// Batches that the loader holds ready, one in hand and one being filled.
constexpr double loadedBatches = 5;
/// Names, shapes and descriptions in a weights file, and the small files beside it.
constexpr double filesOverhead = 64 * 1024;

double valuesOf(const LayerInfo& layer)
{
    return static_cast<double>(layer.height) * layer.width * layer.channels;
}

/// Bytes that layers hold for one batch of a phase.
struct Activations
{
    double frozen = 0;  ///< what goes into a layer and what comes out, of the frozen layer with the most
    double trained = 0; ///< kept for the way back, and the gradients on it
};

Activations activationsOf(const std::vector<LayerInfo>& layers, int boundary, double images,
                          double frozenSize)
{
    Activations result;
    const double inputs = valuesOf(layers.front()) * images * sizeof(float);
    for (int i = 1; i < boundary && i < static_cast<int>(layers.size()); ++i) {
        const auto index = static_cast<std::size_t>(i);
        result.frozen = std::max(result.frozen, (valuesOf(layers[index - 1]) + valuesOf(layers[index])) *
                                                    images * frozenSize);
    }
    result.frozen += inputs;
    if (boundary >= static_cast<int>(layers.size())) {
        return result;
    }
    double kept = valuesOf(layers[static_cast<std::size_t>(boundary) - 1]);
    double largest = kept;
    for (auto i = static_cast<std::size_t>(boundary); i < layers.size(); ++i) {
        // A pool remembers where each of its values came from, in 64 bits.
        kept += valuesOf(layers[i]) * (layers[i].kind == LayerKind::Pool ? 3 : 1);
        largest = std::max(largest, valuesOf(layers[i]));
    }
    result.trained = inputs + (kept + 2 * largest) * images * sizeof(float);
    return result;
}

} // namespace

RunNeeds estimateRunNeeds(const Recipe& recipe, std::size_t trainImages, std::size_t validationImages,
                          int classes)
{
    const std::vector<LayerInfo> layers = baseLayers(recipe.inputSize, scaledBackbone(recipe.width));
    const HeadSpec headSpec{recipe.head, classes, recipe.dropout, featureSide(recipe.inputSize),
                            layers.back().channels};
    const double frozenSize = recipe.precision == Precision::Bfloat16 ? 2 : sizeof(float);
    const double head = static_cast<double>(headParameters(headSpec)) * sizeof(float);
    double base = 0;
    for (const LayerInfo& layer : layers) {
        base += static_cast<double>(layer.parameters) * sizeof(float);
    }
    const double images =
        std::min(static_cast<double>(recipe.batchSize),
                 static_cast<double>(std::max<std::size_t>({trainImages, validationImages, 1})));

    RunNeeds needs;
    double peak = 0;
    double features = 0;
    double prefix = 0;
    FreezePlan everTrained;
    for (const PhaseRecipe& phase : recipe.phases) {
        const FreezePlan plan = phase.freezePlan();
        const int boundary = plan.firstTrainableConvolution();
        prefix = 0;
        for (int i = 1; i < boundary && i < static_cast<int>(layers.size()); ++i) {
            prefix += static_cast<double>(layers[static_cast<std::size_t>(i)].parameters) * frozenSize;
        }
        for (int layer = 1; layer <= baseLayerCount; ++layer) {
            everTrained.setTrainable(layer, everTrained.isTrainable(layer) || plan.isTrainable(layer));
        }
        const double trained = head + static_cast<double>(plan.trainableParameters(layers)) * sizeof(float);
        const double ever =
            head + static_cast<double>(everTrained.trainableParameters(layers)) * sizeof(float);
        needs.checkpoint = std::max(needs.checkpoint, ever + trained);
        const Activations activations = activationsOf(layers, boundary, images, frozenSize);
        // Either a step is computed (velocities and gradients beside the weights), or the best weights are
        // copied twice on their way into a file.
        const double step = std::max(activations.frozen, activations.trained) + 2 * trained;
        const double saving = std::max(2 * (base + head), 2 * (ever + trained)) + trained;
        peak = std::max(peak, prefix + std::max(step, saving));
        if (recipe.keepValidationFeatures) {
            features = std::max(
                features,
                valuesOf(layers[static_cast<std::size_t>(std::min(boundary, baseLayerCount + 1) - 1)]) *
                    static_cast<double>(validationImages) * frozenSize);
        }
    }
    // The test runs the best weights beside the last ones.
    const double frozenForward = activationsOf(layers, baseLayerCount + 1, images, frozenSize).frozen;
    peak = std::max(peak, 2 * prefix + base + head + frozenForward);
    // What was asked for and the network made of it.
    needs.memory = programBytes + 2 * base + head + peak + std::min(features, 1024 * mebibyte) +
                   loadedBatches * images * valuesOf(layers.front()) * sizeof(float);
    needs.views = static_cast<double>(storedBytes(recipe, trainImages));
    // Each phase's best, another one while it is replaced, and three checkpoints.
    needs.disk = (static_cast<double>(recipe.phases.size()) + 1) * (base + head + filesOverhead) +
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

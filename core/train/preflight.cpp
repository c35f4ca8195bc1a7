#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/train/compute_device.h"
#include "core/train/trainer.h"

#include <algorithm>
#include <cstdio>

namespace thaw {

namespace {

constexpr double mebibyte = 1024.0 * 1024.0;

std::string mebibytes(double bytes)
{
    char text[32];
    std::snprintf(text, sizeof text, "%.0f MiB", bytes / mebibyte);
    return text;
}

} // namespace

std::vector<std::string> preflight(const Recipe& recipe, std::size_t trainImages,
                                   std::size_t validationImages, const std::filesystem::path& folder)
{
    std::vector<std::string> words;
    const std::vector<LayerInfo> layers = baseLayers(recipe.inputSize, scaledBackbone(recipe.width));
    double parameters = 0;
    double largestActivation = 0;
    for (const LayerInfo& layer : layers) {
        parameters += static_cast<double>(layer.parameters);
        largestActivation =
            std::max(largestActivation, static_cast<double>(layer.height) * layer.width * layer.channels);
    }
    const HeadSpec head{recipe.head, 2, recipe.dropout, featureSide(recipe.inputSize),
                        layers.back().channels};
    parameters += static_cast<double>(headParameters(head));

    // Each phase's best, the best of all (shared where the file system can), and two checkpoints with
    // optimizer state.
    const double disk = parameters * sizeof(float) * (static_cast<double>(recipe.phases.size()) + 1 + 2 * 2);
    const auto space = static_cast<double>(freeSpace(folder));
    if (space < disk) {
        throw Error(ErrorCode::DiskFull, folder,
                    "the run needs about " + mebibytes(disk) + " and only " + mebibytes(space) + " are free",
                    "make room, or choose another folder");
    }

    // A convolution's input and output of one batch are alive together; gradients keep the trained layers'
    // too.
    double trained = 0;
    for (const PhaseRecipe& phase : recipe.phases) {
        double activations = 0;
        for (auto i = static_cast<std::size_t>(phase.freezePlan().firstTrainableConvolution());
             i < layers.size(); ++i)
        {
            activations += static_cast<double>(layers[i].height) * layers[i].width * layers[i].channels;
        }
        trained = std::max(trained, activations);
    }
    const double memory =
        sizeof(float) * (recipe.batchSize * (2 * largestActivation + 3 * trained) + 4 * parameters);
    const auto machine = static_cast<double>(availableDevices().front().memoryBytes);
    if (machine > 0 && memory > 0.9 * machine) {
        words.push_back("This needs about " + mebibytes(memory) + " of memory and the machine has " +
                        mebibytes(machine) + ": choose a smaller batch or input size.");
    }
    if (trainImages < static_cast<std::size_t>(recipe.batchSize)) {
        words.push_back("There are fewer training pictures (" + std::to_string(trainImages) +
                        ") than fit in one batch (" + std::to_string(recipe.batchSize) + ").");
    }
    if (validationImages == 0) {
        words.push_back("There are no validation pictures: the best epoch is chosen by training loss.");
    }
    if (recipe.weights == "none") {
        words.push_back("Without pretrained weights the results will be poor.");
    }
    return words;
}

} // namespace thaw

#include "app/cli/compute_flags.h"
#include "app/cli/exit_status.h"
#include "app/cli/picture_files.h"
#include "app/cli/text.h"
#include "app/cli/verbs.h"
#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/stream_target.h"
#include "core/evaluate/evaluation.h"
#include "core/model/weights/format/safetensors_file.h"
#include "core/model/weights/weights_catalog.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>
#include <set>
#include <system_error>
#include <unistd.h>

namespace thaw::cli {

namespace {

struct FeaturesArguments
{
    std::vector<std::string> paths;
    std::string layer = "block5_pool";
    std::string weights = "imagenet";
    int inputSize = 180;
    std::string resize = "stretch";
    std::string dctMethod = "accurate";
    bool noExif = false;
    std::string out;
    ComputeFlags compute;
};

void checkUsage(const FeaturesArguments& options)
{
    if (layerIndex(options.layer) < 0) {
        std::vector<std::string> names;
        for (const LayerInfo& layer : baseLayers(minInputSize)) {
            names.push_back(layer.name);
        }
        throw Error(ErrorCode::Usage, {}, "there is no layer '" + options.layer + "'",
                    "choose one of " + joined(names));
    }
    const std::filesystem::path out = options.out;
    if (out.extension() != ".safetensors") {
        throw Error(ErrorCode::Usage, out, "the file to write must end in .safetensors", {});
    }
    refuseFolder(out);
}

/// Tensors are found by name, so a file that was named twice is written once. What is no picture is told.
std::vector<std::filesystem::path> picturesOf(const std::vector<PictureFile>& files, StatusLine& status)
{
    constexpr std::size_t most = 20;
    std::set<std::string> seen;
    std::vector<std::filesystem::path> result;
    std::vector<std::string> leftOut;
    for (const PictureFile& file : files) {
        if (!seen.insert(file.path.string()).second) {
            continue;
        }
        if (file.problem.empty()) {
            result.push_back(file.path);
            continue;
        }
        if (std::error_code ignored; std::filesystem::is_directory(file.path, ignored)) {
            throw Error(ErrorCode::FileUnreadable, file.path, file.problem, "check its permissions");
        }
        leftOut.push_back("  " + file.path.string() + ": " + file.problem);
    }
    if (!leftOut.empty()) {
        status.print("Note: " + counted(static_cast<std::int64_t>(leftOut.size()), "file", "files") +
                     " left out:");
    }
    for (std::size_t i = 0; i < std::min(most, leftOut.size()); ++i) {
        status.print(leftOut[i]);
    }
    if (leftOut.size() > most) {
        status.print("  … and " + grouped(static_cast<std::int64_t>(leftOut.size() - most)) + " more");
    }
    if (result.empty()) {
        throw Error(ErrorCode::DatasetEmpty, files.front().path, "no picture was found",
                    "name picture files or a folder that holds some");
    }
    return result;
}

/// All outputs are held in memory and then written: told before the work, not after it.
void checkRoom(const FeaturesArguments& options, const BackboneSpec& backbone, std::size_t files)
{
    const LayerInfo layer =
        baseLayers(options.inputSize, backbone).at(static_cast<std::size_t>(layerIndex(options.layer)));
    const std::uint64_t bytes = static_cast<std::uint64_t>(files) * static_cast<std::uint64_t>(layer.height) *
                                static_cast<std::uint64_t>(layer.width) *
                                static_cast<std::uint64_t>(layer.channels) * sizeof(float);
    const std::uint64_t memory = static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES)) *
                                 static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    const std::string size = grouped(static_cast<std::int64_t>(bytes >> 20)) + " MiB";
    if (bytes > memory) {
        throw Error(ErrorCode::OutOfMemory, {},
                    "the outputs need " + size + ", more than this machine's memory",
                    "take fewer pictures at a time or a deeper layer");
    }
    if (!isStream(options.out) && bytes > freeSpace(options.out)) {
        throw Error(ErrorCode::DiskFull, options.out, "the file needs " + size + ", more than is free",
                    "free some space or write elsewhere");
    }
}

SafetensorsFile fileOf(std::vector<FeatureMap> maps, const std::vector<std::filesystem::path>& names,
                       const BaseWeights& weights, const FeaturesArguments& options)
{
    SafetensorsFile file;
    for (std::size_t i = 0; i < maps.size(); ++i) {
        FeatureMap& map = maps[i];
        file.tensors.push_back(
            {names.at(i).string(), {map.height, map.width, map.channels}, std::move(map.values)});
    }
    file.metadata = {{"layer", options.layer},
                     {"layout", "HWC"},
                     {"input_size", std::to_string(options.inputSize)},
                     {"resize", options.resize},
                     {"exif", options.noExif ? "false" : "true"},
                     {"dct_method", options.dctMethod},
                     {"weights", weights.source},
                     {"weights_hash", weights.hash}};
    return file;
}

int features(const FeaturesArguments& options, Context& context)
{
    checkUsage(options);
    const auto files = picturesOf(pictureFiles(options.paths), context.status);
    // Proves early that the result can be written, and leaves no trace if the work then fails.
    const AtomicFile probe(options.out);
    const ComputeOptions compute = options.compute.apply();

    const WeightsObserver observer{[&context](const std::string& text) { context.status.print(text); },
                                   context.status.progressOf("Fetching weights")};
    const auto weights = resolveWeights(options.weights, std::nullopt, 0, observer, context.stop);
    if (!weights) {
        return exitStopped;
    }
    checkRoom(options, weights->backbone(), files.size());
    if (options.weights == "none") {
        context.status.print("Warning: without pretrained weights these outputs are random projections.");
    }
    const TransformSpec transform{options.inputSize, resizeRuleFromName(options.resize).value(),
                                  !options.noExif, dctMethodFromName(options.dctMethod).value(), true};
    auto maps = computeFeatures(*weights, transform, options.layer, files, compute,
                                context.status.progressOf("Computing " + options.layer), context.stop);
    context.status.clear();
    if (!maps) {
        return exitStopped;
    }
    const std::size_t count = maps->size();
    writeSafetensors(options.out, fileOf(std::move(*maps), files, *weights, options));
    context.out.write(printable(options.out) + "  " +
                      counted(static_cast<std::int64_t>(count), "picture", "pictures") + ", " +
                      options.layer + "\n");
    return exitDone;
}

} // namespace

Action addFeatures(CLI::App& command)
{
    const auto options = std::make_shared<FeaturesArguments>();
    command.add_option("PATH", options->paths, "Pictures, and folders to walk")->required();
    command.add_option("--layer", options->layer, "Layer of the base: input, block1_conv1 … block5_pool")
        ->capture_default_str();
    command
        .add_option("--weights", options->weights, "imagenet, none, the name of imported weights, or a file")
        ->capture_default_str();
    command.add_option("--input-size", options->inputSize, "Pixels a side of the picture")
        ->check(CLI::Range(minInputSize, maxInputSize))
        ->capture_default_str();
    command.add_option("--resize", options->resize, "How a picture becomes a square")
        ->check(CLI::IsMember({"stretch", "center-crop", "letterbox", "antialiased"}))
        ->capture_default_str();
    command
        .add_option("--dct-method", options->dctMethod,
                    "How a JPEG is decoded; \"fast\" as TensorFlow does it")
        ->check(CLI::IsMember({"accurate", "fast"}))
        ->capture_default_str();
    command.add_flag("--no-exif", options->noExif, "Leave photographs as their pixels lie, as Keras does");
    command.add_option("--out", options->out, "The .safetensors file to write")->required();
    options->compute.addTo(command);
    command.footer(
        "Writes one float32 tensor a picture, [height, width, channels], named by its path as given\n"
        "(bytes that are not UTF-8 as \\xE8 and the like); convolutions after their ReLU, no augmentation.");
    return [options](Context& context) { return features(*options, context); };
}

} // namespace thaw::cli

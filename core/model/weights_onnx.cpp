#ifndef ONNX_ML
#define ONNX_ML 1
#endif

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/model/weights_formats.h"

#include <google/protobuf/io/coded_stream.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <string_view>

namespace thaw {

namespace {

/// Which convolution an initializer's name speaks of ("functional_1/block1_conv1_1/…"), or −1.
int convolutionIn(std::string_view name, const std::filesystem::path& path)
{
    for (std::size_t begin = 0; begin < name.size();) {
        if (const int layer = convolutionStartingAt(name.substr(begin)); layer >= 0) {
            return layer;
        }
        refuseForeignConvolution(name.substr(begin), path);
        const std::size_t slash = name.find('/', begin);
        begin = slash == std::string_view::npos ? name.size() : slash + 1;
    }
    return -1;
}

NamedTensor valuesOf(const ::onnx::TensorProto& tensor, const std::filesystem::path& path)
{
    NamedTensor result{tensor.name(), {}, {}};
    std::uint64_t count = 1;
    for (const std::int64_t size : tensor.dims()) {
        if (size < 1 || size > channelLimit) {
            throwWeightsInvalid(path, "tensor " + tensor.name() + " has an impossible shape");
        }
        result.shape.push_back(size);
        count *= static_cast<std::uint64_t>(size);
    }
    if (tensor.data_type() != ::onnx::TensorProto::FLOAT) {
        throwWeightsInvalid(path, "tensor " + tensor.name() + " does not hold 32-bit floating-point numbers");
    }
    const bool raw = tensor.has_raw_data();
    const std::uint64_t present =
        raw ? tensor.raw_data().size() / sizeof(float) : static_cast<std::uint64_t>(tensor.float_data_size());
    if (present != count || (raw && tensor.raw_data().size() % sizeof(float) != 0)) {
        throwWeightsInvalid(path, "tensor " + tensor.name() + " has other bytes than its shape asks for");
    }
    result.values.resize(count);
    const void* data = raw ? static_cast<const void*>(tensor.raw_data().data())
                           : static_cast<const void*>(tensor.float_data().data());
    std::memcpy(result.values.data(), data, count * sizeof(float));
    return result;
}

FoundConvolutions convolutionsOfKeras(const ::onnx::GraphProto& graph, const std::filesystem::path& path)
{
    FoundConvolutions found;
    for (const ::onnx::TensorProto& tensor : graph.initializer()) {
        const int layer = convolutionIn(tensor.name(), path);
        const bool kernel = tensor.dims_size() == 4;
        if (layer < 0 || (!kernel && tensor.dims_size() != 1)) {
            continue;
        }
        FoundConvolution& convolution = found[static_cast<std::size_t>(layer)];
        NamedTensor& target = kernel ? convolution.kernel : convolution.bias;
        if (!target.name.empty()) {
            throwWeightsInvalid(path, "tensors " + target.name + " and " + tensor.name() +
                                          " both claim to be the same weights");
        }
        target = valuesOf(tensor, path);
    }
    for (std::size_t i = 0; i < found.size(); ++i) {
        if (found[i].kernel.name.empty() || found[i].bias.name.empty()) {
            throwWeightsInvalid(path, "has no kernel or no bias named after " + convolutionNames()[i],
                                "use an ONNX file converted from Keras's VGG16");
        }
    }
    return found;
}

FoundConvolutions convolutionsOfTorchvision(const ::onnx::GraphProto& graph,
                                            const std::filesystem::path& path)
{
    std::vector<std::string> names;
    for (const ::onnx::TensorProto& tensor : graph.initializer()) {
        names.push_back(tensor.name());
    }
    const TorchvisionPlaces places = findTorchvisionBase(names, path);
    FoundConvolutions found;
    for (std::size_t i = 0; i < found.size(); ++i) {
        found[i] = {valuesOf(graph.initializer(static_cast<int>(places[i].kernel)), path),
                    valuesOf(graph.initializer(static_cast<int>(places[i].bias)), path)};
    }
    return found;
}

} // namespace

WeightsFile parseOnnx(std::span<const std::byte> bytes, const std::filesystem::path& path)
{
    if (bytes.size() > weightsFileLimit) {
        throwWeightsInvalid(path, "holds an ONNX file of more than 1 GiB", "choose another file");
    }
    const int size = static_cast<int>(bytes.size());
    google::protobuf::io::CodedInputStream stream(reinterpret_cast<const std::uint8_t*>(bytes.data()), size);
    stream.SetTotalBytesLimit(std::numeric_limits<int>::max());
    ::onnx::ModelProto model;
    if (!model.ParseFromCodedStream(&stream) || !stream.ConsumedEntireMessage()) {
        throwWeightsInvalid(path, "is not a whole ONNX file");
    }
    const auto& tensors = model.graph().initializer();
    const auto isTorchvisions = [](const ::onnx::TensorProto& tensor) {
        return torchvisionName(tensor.name()).has_value();
    };
    if (std::any_of(tensors.begin(), tensors.end(), isTorchvisions)) {
        return {withTorchvisionConvention(assembleBase(convolutionsOfTorchvision(model.graph(), path), path)),
                "ONNX with torchvision's names"};
    }
    return {namedBySource(assembleBase(convolutionsOfKeras(model.graph(), path), path)),
            "ONNX with Keras's names"};
}

WeightsFile readOnnx(const std::filesystem::path& path)
{
    return parseOnnx(readFile(path, weightsFileLimit), path);
}

} // namespace thaw

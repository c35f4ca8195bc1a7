#ifndef ONNX_ML
#define ONNX_ML 1
#endif

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/model/weights/format/protobuf_fields.h"
#include "core/model/weights/format/weights_formats.h"

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cstring>
#include <string_view>

namespace thaw {

namespace {

// Protobuf makes an object of hundreds of bytes out of a message of two, and keeps even what it does not
// know. So it is given nothing but the initializers, and of them only so much. A converted VGG16 has some 200
// fields and a thousand bytes beside its values.
constexpr std::size_t fieldLimit = 100'000;
constexpr std::size_t otherBytesLimit = std::size_t(16) << 20;

[[noreturn]] void throwNotWhole(const std::filesystem::path& path)
{
    throwWeightsInvalid(path, "is not a whole ONNX file");
}

/// Takes the initializers out of a model; everything else is passed over.
class InitializerReader
{
public:
    explicit InitializerReader(const std::filesystem::path& path) : m_path(path) {}

    ::onnx::GraphProto read(std::span<const std::byte> model)
    {
        ::onnx::GraphProto graph;
        forEachField(model, [&](const ProtobufField& field) {
            if (field.isCounted && field.number == ::onnx::ModelProto::kGraphFieldNumber) {
                forEachField(field.bytes, [&](const ProtobufField& part) {
                    if (part.isCounted && part.number == ::onnx::GraphProto::kInitializerFieldNumber) {
                        add(graph, part.bytes);
                    }
                });
            }
        });
        return graph;
    }

private:
    template <class Use>
    void forEachField(std::span<const std::byte> message, const Use& use)
    {
        ProtobufFields fields(message);
        while (const auto field = fields.next()) {
            if (++m_fields > fieldLimit) {
                throwWeightsInvalid(
                    m_path, "has more than " + std::to_string(fieldLimit) + " parts, far more than VGG16",
                    "choose another file");
            }
            use(*field);
        }
        if (!fields.isAtEnd()) {
            throwNotWhole(m_path);
        }
    }

    void add(::onnx::GraphProto& graph, std::span<const std::byte> tensor)
    {
        forEachField(tensor, [&](const ProtobufField& field) {
            // These take as much memory as they have bytes; others many times that.
            const bool values = field.number == ::onnx::TensorProto::kRawDataFieldNumber ||
                                field.number == ::onnx::TensorProto::kFloatDataFieldNumber ||
                                field.number == ::onnx::TensorProto::kDoubleDataFieldNumber;
            m_otherBytes += values ? 0 : field.bytes.size();
        });
        if (m_otherBytes > otherBytesLimit) {
            throwWeightsInvalid(m_path, "has tensors of which more than 16 MiB are not their values",
                                "choose another file");
        }
        if (!graph.add_initializer()->ParseFromArray(tensor.data(), static_cast<int>(tensor.size()))) {
            throwNotWhole(m_path);
        }
    }

    const std::filesystem::path& m_path;
    std::size_t m_fields = 0;
    std::size_t m_otherBytes = 0;
};

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
    const ::onnx::GraphProto graph = InitializerReader(path).read(bytes);
    const auto& tensors = graph.initializer();
    const auto isTorchvisions = [](const ::onnx::TensorProto& tensor) {
        return torchvisionName(tensor.name()).has_value();
    };
    if (std::any_of(tensors.begin(), tensors.end(), isTorchvisions)) {
        return {withTorchvisionConvention(assembleBase(convolutionsOfTorchvision(graph, path), path)),
                "ONNX with torchvision's names"};
    }
    return {namedBySource(assembleBase(convolutionsOfKeras(graph, path), path)), "ONNX with Keras's names"};
}

WeightsFile readOnnx(const std::filesystem::path& path)
{
    return parseOnnx(readFile(path, weightsFileLimit), path);
}

} // namespace thaw

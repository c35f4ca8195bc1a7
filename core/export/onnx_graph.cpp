#ifndef ONNX_ML
#define ONNX_ML 1
#endif

#include "core/export/onnx_graph.h"

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/model/weights/format/protobuf_fields.h"

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cstring>

namespace thaw {

namespace {

constexpr std::uint64_t fileLimit = std::uint64_t(1) << 30;
// Protobuf makes an object of hundreds of bytes out of a message of two, so it is given only parts of a
// bounded size, and not too many of them. VGG16 has some 40 nodes of some 100 bytes.
constexpr std::size_t partLimit = 4096; ///< nodes, tensors, inputs, properties together
constexpr std::size_t nodeBytesLimit = 16'384;
constexpr std::size_t tensorHeaderLimit = 4096; ///< bytes of a tensor that are not its values
constexpr std::int64_t elementLimit = std::int64_t(1) << 28;
constexpr std::size_t rankLimit = 8;

/// @param use is called for each field that has a length
template <class Use>
void forEachCounted(std::span<const std::byte> message, const Use& use)
{
    ProtobufFields fields(message);
    while (const auto field = fields.next()) {
        if (field->isCounted) {
            use(*field);
        }
    }
    if (!fields.isAtEnd()) {
        throwOnnxInvalid("it is cut or damaged");
    }
}

template <class Message>
Message parsed(std::span<const std::byte> bytes, std::size_t limit)
{
    Message message;
    if (bytes.size() > limit || !message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
        throwOnnxInvalid("a part of it is damaged or far too large");
    }
    return message;
}

OnnxNode nodeOf(const ::onnx::NodeProto& proto)
{
    if (proto.output_size() != 1 || proto.output(0).empty() || !proto.domain().empty()) {
        throwOnnxInvalid("node " + proto.name() + " is of a kind that is not known");
    }
    OnnxNode node;
    node.type = proto.op_type();
    node.inputs.assign(proto.input().begin(), proto.input().end());
    node.output = proto.output(0);
    for (const ::onnx::AttributeProto& attribute : proto.attribute()) {
        switch (attribute.type()) {
        case ::onnx::AttributeProto::INT:
            node.numbers[attribute.name()] = {attribute.i()};
            break;
        case ::onnx::AttributeProto::INTS:
            node.numbers[attribute.name()] = {attribute.ints().begin(), attribute.ints().end()};
            break;
        case ::onnx::AttributeProto::STRING:
            node.texts[attribute.name()] = attribute.s();
            break;
        default:
            throwOnnxInvalid("attribute " + attribute.name() + " is of a kind that is not known");
        }
    }
    return node;
}

template <class Value>
std::vector<Value> valuesFrom(std::span<const std::byte> raw, std::size_t count, const std::string& name)
{
    if (raw.size() != count * sizeof(Value)) {
        throwOnnxInvalid("tensor " + name + " has other bytes than its shape asks for");
    }
    std::vector<Value> values(count);
    if (count > 0) {
        std::memcpy(values.data(), raw.data(), raw.size());
    }
    return values;
}

void addTensor(std::span<const std::byte> bytes, OnnxGraph& graph)
{
    // The values are copied from where they lie; the rest is small.
    std::span<const std::byte> raw;
    forEachCounted(bytes, [&](const ProtobufField& field) {
        if (field.number == ::onnx::TensorProto::kRawDataFieldNumber) {
            raw = field.bytes;
        }
    });
    if (bytes.size() - raw.size() > tensorHeaderLimit) {
        throwOnnxInvalid("a tensor of it does not hold its values as bytes");
    }
    auto proto = parsed<::onnx::TensorProto>(bytes, bytes.size());
    OnnxTensor tensor{{proto.dims().begin(), proto.dims().end()}, {}};
    const std::size_t count = elementCount(tensor.shape);
    if (proto.data_type() == ::onnx::TensorProto::FLOAT) {
        tensor.values = valuesFrom<float>(raw, count, proto.name());
    } else if (proto.data_type() == ::onnx::TensorProto::INT64) {
        tensor.values = valuesFrom<std::int64_t>(raw, count, proto.name());
    } else {
        throwOnnxInvalid("tensor " + proto.name() + " is of a type that is not known");
    }
    graph.constants[proto.name()] = std::move(tensor);
}

class GraphReader
{
public:
    OnnxGraph read(std::span<const std::byte> bytes)
    {
        forEachCounted(bytes, [&](const ProtobufField& field) { addPartOfModel(field); });
        if (m_inputs != 1 || m_outputs != 1 || m_graph.nodes.empty()) {
            throwOnnxInvalid("it has no single input and output");
        }
        return std::move(m_graph);
    }

private:
    void count()
    {
        if (++m_parts > partLimit) {
            throwOnnxInvalid("it has more than " + std::to_string(partLimit) + " parts");
        }
    }

    void addPartOfModel(const ProtobufField& field)
    {
        switch (field.number) {
        case ::onnx::ModelProto::kGraphFieldNumber:
            forEachCounted(field.bytes, [&](const ProtobufField& part) { addPartOfGraph(part); });
            break;
        case ::onnx::ModelProto::kOpsetImportFieldNumber: {
            count();
            const auto opset = parsed<::onnx::OperatorSetIdProto>(field.bytes, nodeBytesLimit);
            if (opset.domain().empty()) {
                m_graph.opset = opset.version();
            }
            break;
        }
        case ::onnx::ModelProto::kMetadataPropsFieldNumber: {
            count();
            auto property = parsed<::onnx::StringStringEntryProto>(field.bytes, field.bytes.size());
            m_graph.properties[property.key()] = property.value();
            break;
        }
        default:
            break;
        }
    }

    void addPartOfGraph(const ProtobufField& part)
    {
        switch (part.number) {
        case ::onnx::GraphProto::kNodeFieldNumber:
            count();
            m_graph.nodes.push_back(nodeOf(parsed<::onnx::NodeProto>(part.bytes, nodeBytesLimit)));
            break;
        case ::onnx::GraphProto::kInitializerFieldNumber:
            count();
            addTensor(part.bytes, m_graph);
            break;
        case ::onnx::GraphProto::kInputFieldNumber:
            ++m_inputs;
            addInput(parsed<::onnx::ValueInfoProto>(part.bytes, nodeBytesLimit));
            break;
        case ::onnx::GraphProto::kOutputFieldNumber:
            ++m_outputs;
            m_graph.output = parsed<::onnx::ValueInfoProto>(part.bytes, nodeBytesLimit).name();
            break;
        default:
            break;
        }
    }

    void addInput(const ::onnx::ValueInfoProto& input)
    {
        m_graph.input = input.name();
        for (const auto& dimension : input.type().tensor_type().shape().dim()) {
            m_graph.inputShape.push_back(dimension.has_dim_value() ? dimension.dim_value() : -1);
        }
    }

    OnnxGraph m_graph;
    std::size_t m_parts = 0;
    int m_inputs = 0;
    int m_outputs = 0;
};

} // namespace

std::vector<std::int64_t> OnnxNode::numbersOf(const std::string& name,
                                              std::vector<std::int64_t> otherwise) const
{
    const auto found = numbers.find(name);
    if (found == numbers.end()) {
        return otherwise;
    }
    if (found->second.size() != otherwise.size()) {
        throwOnnxInvalid("attribute " + name + " has another length than expected");
    }
    return found->second;
}

std::int64_t OnnxNode::numberOf(const std::string& name, std::int64_t otherwise) const
{
    return numbersOf(name, {otherwise}).front();
}

std::size_t elementCount(const std::vector<std::int64_t>& shape)
{
    std::int64_t count = 1;
    for (const std::int64_t size : shape) {
        if (size < 0 || size > elementLimit || (size > 0 && count > elementLimit / size)) {
            throwOnnxInvalid("a tensor has an impossible shape");
        }
        count *= size;
    }
    if (shape.size() > rankLimit) {
        throwOnnxInvalid("a tensor has too many dimensions");
    }
    return static_cast<std::size_t>(count);
}

void throwOnnxInvalid(const std::string& why)
{
    throw Error(ErrorCode::WeightsInvalid, {}, "is no ONNX file that can be computed here: " + why);
}

OnnxGraph readOnnxGraph(const std::filesystem::path& file)
{
    const std::vector<std::byte> bytes = readFile(file, fileLimit);
    try {
        return GraphReader().read(bytes);
    } catch (const Error& error) {
        throw Error(error.code(), file, error.detail(), error.advice());
    }
}

} // namespace thaw

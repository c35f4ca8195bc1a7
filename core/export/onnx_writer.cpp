#ifndef ONNX_ML
#define ONNX_ML 1
#endif

#include "core/export/onnx_writer.h"

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/version.h"
#include "core/export/export_description.h"
#include "core/export/model_graph.h"

#include <onnx/onnx_pb.h>

#include <bit>

namespace thaw {

namespace {

constexpr int irVersion = 7;
constexpr int opsetVersion = 13;
constexpr const char* inputName = "image";
constexpr const char* outputName = "probabilities";

static_assert(std::endian::native == std::endian::little, "raw_data is little-endian");

template <class Value>
void setValues(::onnx::TensorProto& tensor, std::span<const Value> values)
{
    tensor.set_raw_data(values.data(), values.size_bytes());
}

/// Adds nodes one after the other, each taking what the one before it made.
class GraphWriter
{
public:
    GraphWriter(const ModelWeights& model, ::onnx::GraphProto& graph)
        : m_model(model), m_input(rgbInputOf(model)), m_graph(graph)
    {
    }

    /// Bytes of any size become pixels of the network's size.
    void addResizing()
    {
        const int side = m_model.transform.inputSize;
        auto& cast = *add("Cast", "pixels");
        setInt(cast, "to", ::onnx::TensorProto::FLOAT);
        setInts(*add("Transpose", "channels_first"), "perm", {0, 3, 1, 2});
        const std::string whole = m_last;
        const std::string shape = add("Shape", "shape", {whole})->output(0);
        if (m_model.transform.resize == ResizeRule::CenterCrop) {
            const std::string sides =
                add("Slice", "sides", {shape, indices("two", {2}), indices("four", {4})})->output(0);
            auto& shorter = *add("ReduceMin", "shorter", {sides});
            setInts(shorter, "axes", {0});
            setInt(shorter, "keepdims", 1);
            const std::string rest = add("Sub", "rest", {sides, shorter.output(0)})->output(0);
            const std::string start = add("Div", "start", {rest, indices("half", {2})})->output(0);
            const std::string end = add("Add", "end", {start, shorter.output(0)})->output(0);
            add("Slice", "square", {whole, start, end, indices("crop_axes", {2, 3})});
        }
        const std::string picture = m_model.transform.resize == ResizeRule::CenterCrop ? "square" : whole;
        const std::string batch =
            add("Slice", "batch_and_channels", {shape, indices("zero", {0}), indices("first_two", {2})})
                ->output(0);
        auto& sizes = *add("Concat", "sizes", {batch, indices("side", {side, side})});
        setInt(sizes, "axis", 0);
        auto& resize = *add("Resize", "resized", {picture, "", "", sizes.output(0)});
        setText(resize, "mode", "linear");
        setText(resize, "coordinate_transformation_mode", "half_pixel");
    }

    void add(const PreprocessOperation&)
    {
        // (pixel · scale − mean) / std = (pixel − mean / scale) · (scale / std), in two steps of which the
        // second is often none.
        std::array<float, 3> offset{};
        std::array<float, 3> factor{};
        for (std::size_t i = 0; i < offset.size(); ++i) {
            offset[i] = static_cast<float>(double(m_input.mean[i]) / m_input.scale);
            factor[i] = static_cast<float>(double(m_input.scale) / m_input.std[i]);
        }
        add("Sub", "centred", {m_last, tensor<float>("preprocess.offset", {1, 3, 1, 1}, offset)});
        if (factor != std::array<float, 3>{1, 1, 1}) {
            add("Mul", "scaled", {m_last, tensor<float>("preprocess.factor", {1, 3, 1, 1}, factor)});
        }
    }
    void add(const ConvolutionOperation& layer)
    {
        TensorView kernel = layer.kernel;
        if (layer.name == convolutionNames().front()) {
            kernel.values = m_input.firstKernel;
        }
        auto& node = *add("Conv", layer.name, {m_last, tensor(kernel), tensor(layer.bias)});
        setInts(node, "kernel_shape", {3, 3});
        setInts(node, "pads", {1, 1, 1, 1});
        setInts(node, "strides", {1, 1});
        add("Relu", layer.name + "_relu");
    }
    void add(const MaxPoolOperation& layer)
    {
        auto& node = *add("MaxPool", layer.name);
        setInts(node, "kernel_shape", {2, 2});
        setInts(node, "strides", {2, 2});
    }
    void add(const FlattenOperation&)
    {
        setInts(*add("Transpose", "channels_last"), "perm", {0, 2, 3, 1});
        setInt(*add("Flatten", "flatten"), "axis", 1);
    }
    void add(const AveragePoolOperation&)
    {
        add("GlobalAveragePool", "average");
        setInt(*add("Flatten", "flatten"), "axis", 1);
    }
    void add(const AverageMaxPoolOperation& pool)
    {
        const std::string features = m_last;
        const std::string average = add("GlobalAveragePool", "average", {features})->output(0);
        add("GlobalMaxPool", "maximum", {features});
        const std::array scale{static_cast<float>(pool.maximumScale)};
        const std::string maximum =
            add("Mul", "scaled_maximum", {m_last, tensor<float>("maximum_scale", {1}, scale)})->output(0);
        setInt(*add("Concat", "average_and_maximum", {average, maximum}), "axis", 1);
        setInt(*add("Flatten", "flatten"), "axis", 1);
    }
    void add(const DropoutOperation&) {}
    void add(const DenseOperation& layer)
    {
        setInt(*add("Gemm", layer.name, {m_last, tensor(layer.kernel), tensor(layer.bias)}), "transB", 1);
    }
    void add(const SigmoidOperation&)
    {
        const std::string second = add("Sigmoid", "second")->output(0);
        const std::array one{1.0f};
        const std::string first = add("Sub", "first", {tensor<float>("one", {1}, one), second})->output(0);
        setInt(*add("Concat", outputName, {first, second}), "axis", 1);
    }
    void add(const SoftmaxOperation&) { setInt(*add("Softmax", outputName), "axis", 1); }

private:
    /// @param name of the node and of its output
    ::onnx::NodeProto* add(const char* type, const std::string& name, const std::vector<std::string>& inputs)
    {
        ::onnx::NodeProto* node = m_graph.add_node();
        node->set_op_type(type);
        node->set_name(name);
        for (const std::string& input : inputs) {
            node->add_input(input);
        }
        node->add_output(name);
        m_last = name;
        return node;
    }
    ::onnx::NodeProto* add(const char* type, const std::string& name) { return add(type, name, {m_last}); }

    static ::onnx::AttributeProto& attribute(::onnx::NodeProto& node, const char* name,
                                             ::onnx::AttributeProto::AttributeType type)
    {
        ::onnx::AttributeProto& added = *node.add_attribute();
        added.set_name(name);
        added.set_type(type);
        return added;
    }
    static void setInt(::onnx::NodeProto& node, const char* name, std::int64_t value)
    {
        attribute(node, name, ::onnx::AttributeProto::INT).set_i(value);
    }
    static void setInts(::onnx::NodeProto& node, const char* name, std::initializer_list<std::int64_t> values)
    {
        ::onnx::AttributeProto& added = attribute(node, name, ::onnx::AttributeProto::INTS);
        added.mutable_ints()->Add(values.begin(), values.end());
    }
    static void setText(::onnx::NodeProto& node, const char* name, const char* value)
    {
        attribute(node, name, ::onnx::AttributeProto::STRING).set_s(value);
    }

    ::onnx::TensorProto& initializer(const std::string& name, std::span<const std::int64_t> shape, int type)
    {
        ::onnx::TensorProto& added = *m_graph.add_initializer();
        added.set_name(name);
        added.set_data_type(type);
        added.mutable_dims()->Add(shape.begin(), shape.end());
        return added;
    }
    template <class Value>
    std::string tensor(const std::string& name, const std::vector<std::int64_t>& shape,
                       std::span<const Value> values)
    {
        setValues(initializer(name, shape, ::onnx::TensorProto::FLOAT), values);
        return name;
    }
    std::string tensor(const TensorView& view) { return tensor<float>(view.name, view.shape, view.values); }
    std::string indices(const std::string& name, const std::vector<std::int64_t>& values)
    {
        const std::array<std::int64_t, 1> shape{static_cast<std::int64_t>(values.size())};
        setValues(initializer(name, shape, ::onnx::TensorProto::INT64), std::span(values));
        return name;
    }

    const ModelWeights& m_model;
    RgbInput m_input;
    ::onnx::GraphProto& m_graph;
    std::string m_last = inputName;
};

/// @param sizes 0: a dimension that may be anything, called as in `names`
void describeValue(::onnx::ValueInfoProto& value, const char* name, int type,
                   const std::vector<std::int64_t>& sizes, const std::vector<const char*>& names)
{
    value.set_name(name);
    auto& tensor = *value.mutable_type()->mutable_tensor_type();
    tensor.set_elem_type(type);
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        auto& dimension = *tensor.mutable_shape()->add_dim();
        if (sizes[i] > 0) {
            dimension.set_dim_value(sizes[i]);
        } else {
            dimension.set_dim_param(names[i]);
        }
    }
}

void writeModel(const ModelWeights& model, const ExportFacts& facts, ExportInput input,
                const std::filesystem::path& file)
{
    ::onnx::ModelProto onnxModel;
    onnxModel.set_ir_version(irVersion);
    onnxModel.set_producer_name("Thaw");
    onnxModel.set_producer_version(thawVersion);
    ::onnx::OperatorSetIdProto& operators = *onnxModel.add_opset_import();
    operators.set_domain("");
    operators.set_version(opsetVersion);
    for (const auto& [key, value] : onnxProperties(model, facts, input)) {
        ::onnx::StringStringEntryProto& property = *onnxModel.add_metadata_props();
        property.set_key(key);
        property.set_value(value);
    }
    ::onnx::GraphProto& graph = *onnxModel.mutable_graph();
    graph.set_name("vgg16");
    GraphWriter writer(model, graph);
    const std::int64_t side = model.transform.inputSize;
    if (input == ExportInput::Image) {
        describeValue(*graph.add_input(), inputName, ::onnx::TensorProto::UINT8, {0, 0, 0, 3},
                      {"batch", "height", "width", ""});
        writer.addResizing();
    } else {
        describeValue(*graph.add_input(), inputName, ::onnx::TensorProto::FLOAT, {0, 3, side, side},
                      {"batch", "", "", ""});
    }
    for (const Operation& operation : modelGraphOf(model).operations) {
        std::visit([&](const auto& each) { writer.add(each); }, operation);
    }
    describeValue(*graph.add_output(), outputName, ::onnx::TensorProto::FLOAT,
                  {0, static_cast<std::int64_t>(model.classes.size())}, {"batch", ""});
    const std::string bytes = onnxModel.SerializeAsString();
    if (bytes.empty()) {
        throw Error(ErrorCode::Internal, file, "the model is too large for an ONNX file");
    }
    writeFileAtomically(file, bytes);
}

} // namespace

void writeOnnx(const ModelWeights& model, const std::filesystem::path& file, const ExportFacts& facts)
{
    writeModel(model, facts, ExportInput::Pixels, file);
}

void writeOnnxImage(const ModelWeights& model, const std::filesystem::path& file, const ExportFacts& facts)
{
    const ResizeRule rule = model.transform.resize;
    if (rule != ResizeRule::Stretch && rule != ResizeRule::CenterCrop) {
        throw Error(ErrorCode::Usage, file,
                    std::string("this model's pictures are resized by the rule ") + nameOf(rule) +
                        ", which this format cannot hold",
                    "export as onnx, and resize pictures before");
    }
    writeModel(model, facts, ExportInput::Image, file);
}

} // namespace thaw

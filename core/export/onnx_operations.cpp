#include "core/export/onnx_operations.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <type_traits>

namespace thaw {

namespace {

using Inputs = std::vector<const OnnxTensor*>;
using Shape = std::vector<std::int64_t>;

const OnnxTensor& inputAt(const Inputs& inputs, std::size_t index)
{
    if (index >= inputs.size() || !inputs[index]) {
        throwOnnxInvalid("an operation lacks an input");
    }
    return *inputs[index];
}

void requireRank(const OnnxTensor& tensor, std::size_t rank)
{
    if (tensor.shape.size() != rank) {
        throwOnnxInvalid("a value has " + std::to_string(tensor.shape.size()) + " dimensions instead of " +
                         std::to_string(rank));
    }
}

/// How far apart neighbours along each dimension lie.
Shape stridesOf(const Shape& shape)
{
    Shape strides(shape.size(), 1);
    for (std::size_t i = shape.size(); i-- > 1;) {
        strides[i - 1] = strides[i] * shape[i];
    }
    return strides;
}

/// Copies element by element what lies at `start` and on in steps of `strides`, in the order of `shape`.
template <class Value>
std::vector<Value> gathered(const std::vector<Value>& values, const Shape& shape, const Shape& strides,
                            std::int64_t start)
{
    std::vector<Value> result;
    const std::size_t count = elementCount(shape);
    result.reserve(count);
    Shape place(shape.size(), 0);
    std::int64_t offset = start;
    while (result.size() < count) {
        result.push_back(values[static_cast<std::size_t>(offset)]);
        for (std::size_t i = shape.size(); i-- > 0;) {
            offset += strides[i];
            if (++place[i] < shape[i]) {
                break;
            }
            offset -= strides[i] * shape[i];
            place[i] = 0;
        }
    }
    return result;
}

OnnxTensor gather(const OnnxTensor& input, const Shape& shape, const Shape& strides, std::int64_t start)
{
    return std::visit(
        [&](const auto& values) {
            return OnnxTensor{shape, gathered(values, shape, strides, start)};
        },
        input.values);
}

OnnxTensor cast(const OnnxNode& node, const Inputs& inputs)
{
    constexpr std::int64_t toFloat = 1;
    const OnnxTensor& input = inputAt(inputs, 0);
    const auto* bytes = std::get_if<std::vector<std::uint8_t>>(&input.values);
    if (node.numberOf("to", 0) != toFloat || !bytes) {
        throwOnnxInvalid("it converts to a type that is not known");
    }
    return {input.shape, std::vector<float>(bytes->begin(), bytes->end())};
}

OnnxTensor transpose(const OnnxNode& node, const Inputs& inputs)
{
    const OnnxTensor& input = inputAt(inputs, 0);
    const Shape order = node.numbersOf("perm", Shape(input.shape.size(), -1));
    const Shape strides = stridesOf(input.shape);
    Shape shape;
    Shape steps;
    Shape seen(order.size(), 0);
    for (const std::int64_t axis : order) {
        if (axis < 0 || axis >= static_cast<std::int64_t>(order.size()) ||
            seen[static_cast<std::size_t>(axis)]++ > 0) {
            throwOnnxInvalid("it turns dimensions in an order that is none");
        }
        shape.push_back(input.shape[static_cast<std::size_t>(axis)]);
        steps.push_back(strides[static_cast<std::size_t>(axis)]);
    }
    return gather(input, shape, steps, 0);
}

OnnxTensor shapeOf(const OnnxNode&, const Inputs& inputs)
{
    const OnnxTensor& input = inputAt(inputs, 0);
    return {{static_cast<std::int64_t>(input.shape.size())}, input.shape};
}

/// Steps of 1 alone. Starts and ends beyond the dimension are those of the dimension.
OnnxTensor slice(const OnnxNode&, const Inputs& inputs)
{
    const OnnxTensor& input = inputAt(inputs, 0);
    const Shape& starts = integersOf(inputAt(inputs, 1));
    const Shape& ends = integersOf(inputAt(inputs, 2));
    Shape axes;
    if (inputs.size() > 3) {
        axes = integersOf(inputAt(inputs, 3));
    } else {
        for (std::size_t i = 0; i < starts.size(); ++i) {
            axes.push_back(static_cast<std::int64_t>(i));
        }
    }
    if (starts.size() != ends.size() || starts.size() != axes.size() || inputs.size() > 4) {
        throwOnnxInvalid("it cuts in a manner that is not known");
    }
    Shape shape = input.shape;
    const Shape strides = stridesOf(input.shape);
    std::int64_t first = 0;
    for (std::size_t i = 0; i < axes.size(); ++i) {
        if (axes[i] < 0 || axes[i] >= static_cast<std::int64_t>(shape.size())) {
            throwOnnxInvalid("it cuts along a dimension that is not there");
        }
        const auto axis = static_cast<std::size_t>(axes[i]);
        const std::int64_t size = input.shape[axis];
        const std::int64_t start =
            std::clamp<std::int64_t>(starts[i] < 0 ? starts[i] + size : starts[i], 0, size);
        const std::int64_t end =
            std::clamp<std::int64_t>(ends[i] < 0 ? ends[i] + size : ends[i], start, size);
        first += start * strides[axis];
        shape[axis] = end - start;
    }
    return gather(input, shape, strides, first);
}

OnnxTensor concat(const OnnxNode& node, const Inputs& inputs)
{
    const OnnxTensor& first = inputAt(inputs, 0);
    const std::int64_t axis = node.numberOf("axis", 0);
    if (axis < 0 || axis >= static_cast<std::int64_t>(first.shape.size())) {
        throwOnnxInvalid("it joins along a dimension that is not there");
    }
    OnnxTensor result = first;
    result.shape[static_cast<std::size_t>(axis)] = 0;
    std::int64_t outer = 1;
    for (std::size_t i = 0; i < static_cast<std::size_t>(axis); ++i) {
        outer *= first.shape[i];
    }
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        const OnnxTensor& input = inputAt(inputs, i);
        Shape expected = input.shape;
        if (expected.size() == result.shape.size()) {
            expected[static_cast<std::size_t>(axis)] = result.shape[static_cast<std::size_t>(axis)];
        }
        if (expected != result.shape || input.values.index() != first.values.index()) {
            throwOnnxInvalid("it joins values of other shapes");
        }
        result.shape[static_cast<std::size_t>(axis)] += input.shape[static_cast<std::size_t>(axis)];
    }
    std::visit(
        [&](auto& joined) {
            joined.clear();
            for (std::int64_t part = 0; part < outer; ++part) {
                for (const OnnxTensor* input : inputs) {
                    const auto& values = std::get<std::decay_t<decltype(joined)>>(input->values);
                    const std::int64_t length = static_cast<std::int64_t>(values.size()) / outer;
                    joined.insert(joined.end(), values.begin() + part * length,
                                  values.begin() + (part + 1) * length);
                }
            }
        },
        result.values);
    return result;
}

/// Of the same type, with a size of 1 standing for any: the standard's broadcasting.
template <class Value, class Function>
OnnxTensor broadcast(const OnnxTensor& left, const OnnxTensor& right, const Function& function)
{
    const std::size_t rank = std::max(left.shape.size(), right.shape.size());
    const auto stretched = [rank](const OnnxTensor& tensor) {
        Shape shape(rank - tensor.shape.size(), 1);
        shape.insert(shape.end(), tensor.shape.begin(), tensor.shape.end());
        return shape;
    };
    const Shape ofLeft = stretched(left);
    const Shape ofRight = stretched(right);
    Shape shape;
    Shape leftSteps = stridesOf(ofLeft);
    Shape rightSteps = stridesOf(ofRight);
    for (std::size_t i = 0; i < rank; ++i) {
        if (ofLeft[i] != ofRight[i] && ofLeft[i] != 1 && ofRight[i] != 1) {
            throwOnnxInvalid("it combines values of other shapes");
        }
        shape.push_back(ofLeft[i] == 1 ? ofRight[i] : ofLeft[i]);
        leftSteps[i] = ofLeft[i] == 1 ? 0 : leftSteps[i];
        rightSteps[i] = ofRight[i] == 1 ? 0 : rightSteps[i];
    }
    std::vector<Value> one = gathered(std::get<std::vector<Value>>(left.values), shape, leftSteps, 0);
    const std::vector<Value> other =
        gathered(std::get<std::vector<Value>>(right.values), shape, rightSteps, 0);
    std::transform(one.begin(), one.end(), other.begin(), one.begin(), function);
    return {shape, std::move(one)};
}

template <class Function>
OnnxTensor combined(const Inputs& inputs, const Function& function)
{
    const OnnxTensor& left = inputAt(inputs, 0);
    const OnnxTensor& right = inputAt(inputs, 1);
    if (left.values.index() != right.values.index()) {
        throwOnnxInvalid("it combines values of other types");
    }
    if (std::holds_alternative<std::vector<float>>(left.values)) {
        return broadcast<float>(left, right, function);
    }
    integersOf(left); // refuses bytes
    return broadcast<std::int64_t>(left, right, function);
}

// Whole numbers wrap around, as unsigned ones do: those of a hostile file must not be undefined.

OnnxTensor subtract(const OnnxNode&, const Inputs& inputs)
{
    return combined(inputs, [](auto a, auto b) {
        if constexpr (std::is_integral_v<decltype(a)>) {
            return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
        } else {
            return a - b;
        }
    });
}

OnnxTensor add(const OnnxNode&, const Inputs& inputs)
{
    return combined(inputs, [](auto a, auto b) {
        if constexpr (std::is_integral_v<decltype(a)>) {
            return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
        } else {
            return a + b;
        }
    });
}

OnnxTensor multiply(const OnnxNode&, const Inputs& inputs)
{
    floatsOf(inputAt(inputs, 0));
    floatsOf(inputAt(inputs, 1));
    return broadcast<float>(*inputs[0], *inputs[1], [](float a, float b) { return a * b; });
}

OnnxTensor divide(const OnnxNode&, const Inputs& inputs)
{
    const Shape& divisors = integersOf(inputAt(inputs, 1));
    integersOf(inputAt(inputs, 0));
    if (std::any_of(divisors.begin(), divisors.end(), [](std::int64_t value) { return value < 1; })) {
        throwOnnxInvalid("it divides by what is not positive");
    }
    return broadcast<std::int64_t>(inputAt(inputs, 0), inputAt(inputs, 1),
                                   [](std::int64_t a, std::int64_t b) { return a / b; });
}

OnnxTensor reduceMin(const OnnxNode&, const Inputs& inputs)
{
    const OnnxTensor& input = inputAt(inputs, 0);
    requireRank(input, 1);
    const Shape& values = integersOf(input);
    if (values.empty()) {
        throwOnnxInvalid("it looks for the least of nothing");
    }
    return {{1}, Shape{*std::min_element(values.begin(), values.end())}};
}

template <class Function>
OnnxTensor eachOf(const Inputs& inputs, const Function& function)
{
    OnnxTensor result{inputAt(inputs, 0).shape, floatsOf(inputAt(inputs, 0))};
    auto& values = std::get<std::vector<float>>(result.values);
    std::transform(values.begin(), values.end(), values.begin(), function);
    return result;
}

OnnxTensor relu(const OnnxNode&, const Inputs& inputs)
{
    return eachOf(inputs, [](float value) { return value < 0 ? 0 : value; });
}

OnnxTensor sigmoid(const OnnxNode&, const Inputs& inputs)
{
    return eachOf(inputs, [](float value) { return 1 / (1 + std::exp(-value)); });
}

OnnxTensor flatten(const OnnxNode& node, const Inputs& inputs)
{
    OnnxTensor result = inputAt(inputs, 0);
    if (node.numberOf("axis", 1) != 1 || result.shape.empty()) {
        throwOnnxInvalid("it flattens in a manner that is not known");
    }
    const std::int64_t whole = static_cast<std::int64_t>(elementCount(result.shape));
    const std::int64_t rows = result.shape.front();
    result.shape = {rows, rows == 0 ? 0 : whole / rows};
    return result;
}

OnnxTensor maxPool(const OnnxNode& node, const Inputs& inputs)
{
    const OnnxTensor& input = inputAt(inputs, 0);
    requireRank(input, 4);
    const Shape two{2, 2};
    if (node.numbersOf("kernel_shape", {0, 0}) != two || node.numbersOf("strides", {1, 1}) != two ||
        node.numbers.size() != 2 || !node.texts.empty())
    {
        throwOnnxInvalid("it pools in a manner that is not known");
    }
    const std::vector<float>& values = floatsOf(input);
    const auto height = static_cast<std::size_t>(input.shape[2]);
    const auto width = static_cast<std::size_t>(input.shape[3]);
    OnnxTensor result{{input.shape[0], input.shape[1], input.shape[2] / 2, input.shape[3] / 2}, {}};
    std::vector<float> pooled;
    pooled.reserve(elementCount(result.shape));
    const auto planes = static_cast<std::size_t>(input.shape[0] * input.shape[1]);
    for (std::size_t plane = 0; plane < planes; ++plane) {
        for (std::size_t y = 0; y + 1 < height; y += 2) {
            const float* row = values.data() + (plane * height + y) * width;
            for (std::size_t x = 0; x + 1 < width; x += 2) {
                pooled.push_back(std::max({row[x], row[x + 1], row[width + x], row[width + x + 1]}));
            }
        }
    }
    result.values = std::move(pooled);
    return result;
}

/// @param reduce takes the values of a picture's channel
template <class Function>
OnnxTensor globalPool(const Inputs& inputs, const Function& reduce)
{
    const OnnxTensor& input = inputAt(inputs, 0);
    requireRank(input, 4);
    const std::vector<float>& values = floatsOf(input);
    OnnxTensor result{{input.shape[0], input.shape[1], 1, 1}, {}};
    const std::size_t count = elementCount(result.shape);
    if (values.empty()) {
        throwOnnxInvalid("it pools nothing");
    }
    const std::size_t plane = values.size() / count;
    std::vector<float> pooled;
    for (std::size_t i = 0; i < count; ++i) {
        pooled.push_back(reduce(values.begin() + static_cast<std::ptrdiff_t>(i * plane),
                                values.begin() + static_cast<std::ptrdiff_t>((i + 1) * plane)));
    }
    result.values = std::move(pooled);
    return result;
}

OnnxTensor globalAverage(const OnnxNode&, const Inputs& inputs)
{
    return globalPool(inputs, [](auto begin, auto end) {
        double sum = 0;
        std::for_each(begin, end, [&sum](float value) { sum += value; });
        return static_cast<float>(sum / static_cast<double>(end - begin));
    });
}

OnnxTensor globalMaximum(const OnnxNode&, const Inputs& inputs)
{
    return globalPool(inputs, [](auto begin, auto end) { return *std::max_element(begin, end); });
}

/// x · kernelᵀ + bias.
OnnxTensor gemm(const OnnxNode& node, const Inputs& inputs)
{
    const OnnxTensor& input = inputAt(inputs, 0);
    const OnnxTensor& kernel = inputAt(inputs, 1);
    const OnnxTensor& bias = inputAt(inputs, 2);
    requireRank(input, 2);
    requireRank(kernel, 2);
    if (node.numberOf("transB", 0) != 1 || node.numbers.size() != 1 || !node.texts.empty() ||
        input.shape[1] != kernel.shape[1] || bias.shape != Shape{kernel.shape[0]})
    {
        throwOnnxInvalid("a dense layer's shapes do not fit each other");
    }
    const float* x = floatsOf(input).data();
    const float* weights = floatsOf(kernel).data();
    const float* start = floatsOf(bias).data();
    const auto inner = static_cast<std::size_t>(input.shape[1]);
    OnnxTensor result{{input.shape[0], kernel.shape[0]}, {}};
    std::vector<float> values;
    for (std::size_t row = 0; row < static_cast<std::size_t>(input.shape[0]); ++row) {
        for (std::size_t output = 0; output < static_cast<std::size_t>(kernel.shape[0]); ++output) {
            double sum = start[output];
            for (std::size_t i = 0; i < inner; ++i) {
                sum += double(x[row * inner + i]) * weights[output * inner + i];
            }
            values.push_back(static_cast<float>(sum));
        }
    }
    result.values = std::move(values);
    return result;
}

OnnxTensor softmax(const OnnxNode& node, const Inputs& inputs)
{
    const OnnxTensor& input = inputAt(inputs, 0);
    requireRank(input, 2);
    if (node.numberOf("axis", -1) != 1) {
        throwOnnxInvalid("its softmax is not over the classes");
    }
    OnnxTensor result{input.shape, floatsOf(input)};
    auto& values = std::get<std::vector<float>>(result.values);
    const auto classes = static_cast<std::ptrdiff_t>(input.shape[1]);
    for (auto row = values.begin(); classes > 0 && row != values.end(); row += classes) {
        const float largest = *std::max_element(row, row + classes);
        double sum = 0;
        std::for_each(row, row + classes, [&](float& value) { sum += value = std::exp(value - largest); });
        std::for_each(row, row + classes, [&](float& value) { value = static_cast<float>(value / sum); });
    }
    return result;
}

struct NamedOperation
{
    std::string_view type;
    OnnxOperation compute;
};

constexpr std::array<NamedOperation, 20> operations{{{"Add", add},
                                                     {"Cast", cast},
                                                     {"Concat", concat},
                                                     {"Conv", onnxConvolution},
                                                     {"Div", divide},
                                                     {"Flatten", flatten},
                                                     {"Gemm", gemm},
                                                     {"GlobalAveragePool", globalAverage},
                                                     {"GlobalMaxPool", globalMaximum},
                                                     {"MaxPool", maxPool},
                                                     {"Mul", multiply},
                                                     {"ReduceMin", reduceMin},
                                                     {"Relu", relu},
                                                     {"Resize", onnxResize},
                                                     {"Shape", shapeOf},
                                                     {"Sigmoid", sigmoid},
                                                     {"Slice", slice},
                                                     {"Softmax", softmax},
                                                     {"Sub", subtract},
                                                     {"Transpose", transpose}}};

} // namespace

OnnxOperation onnxOperation(std::string_view type)
{
    const auto found = std::find_if(operations.begin(), operations.end(),
                                    [type](const NamedOperation& each) { return each.type == type; });
    return found == operations.end() ? nullptr : found->compute;
}

const std::vector<float>& floatsOf(const OnnxTensor& tensor)
{
    const auto* values = std::get_if<std::vector<float>>(&tensor.values);
    if (!values) {
        throwOnnxInvalid("a value is not of the type float");
    }
    return *values;
}

const std::vector<std::int64_t>& integersOf(const OnnxTensor& tensor)
{
    const auto* values = std::get_if<std::vector<std::int64_t>>(&tensor.values);
    if (!values) {
        throwOnnxInvalid("a value is not of the type int64");
    }
    return *values;
}

} // namespace thaw

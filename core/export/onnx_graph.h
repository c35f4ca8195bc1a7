#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace thaw {

struct OnnxTensor
{
    std::vector<std::int64_t> shape;
    /// As many as the shape says.
    std::variant<std::vector<float>, std::vector<std::int64_t>, std::vector<std::uint8_t>> values;
};

struct OnnxNode
{
    std::string type;                ///< "Conv"
    std::vector<std::string> inputs; ///< empty: one that was left out
    std::string output;
    std::map<std::string, std::vector<std::int64_t>> numbers; ///< of attributes that are whole numbers
    std::map<std::string, std::string> texts;

    /// @throws Error WeightsInvalid where the attribute has another length
    std::vector<std::int64_t> numbersOf(const std::string& name, std::vector<std::int64_t> otherwise) const;
    std::int64_t numberOf(const std::string& name, std::int64_t otherwise) const;
};

/// An ONNX file as plain values.
struct OnnxGraph
{
    std::int64_t opset = 0;
    std::map<std::string, std::string> properties;
    std::vector<OnnxNode> nodes;
    std::map<std::string, OnnxTensor> constants;
    std::string input;
    std::vector<std::int64_t> inputShape; ///< −1: any size
    std::string output;
};

/// Reads a file with one input and one output, all of whose tensors are inside. Every allocation is bounded
/// by the file's size, which is 1 GiB at most.
/// @throws Error FileNotFound, FileUnreadable, WeightsInvalid
OnnxGraph readOnnxGraph(const std::filesystem::path& file);

/// Of a shape. @throws Error WeightsInvalid where a size is negative or the product is beyond 2^28
std::size_t elementCount(const std::vector<std::int64_t>& shape);

/// @throws Error WeightsInvalid: "is not an ONNX file that can be computed here: …"
[[noreturn]] void throwOnnxInvalid(const std::string& why);

} // namespace thaw

#include "core/export/onnx_interpreter.h"

#include "core/export/onnx_operations.h"

#include <algorithm>

namespace thaw {

namespace {

constexpr std::int64_t knownOpset = 13;

} // namespace

OnnxInterpreter::OnnxInterpreter(OnnxGraph graph) : m_graph(std::move(graph))
{
    if (m_graph.opset != knownOpset) {
        throwOnnxInvalid("it is of opset " + std::to_string(m_graph.opset));
    }
    for (const OnnxNode& node : m_graph.nodes) {
        if (!onnxOperation(node.type)) {
            throwOnnxInvalid("it has the operation " + node.type);
        }
    }
}

OnnxTensor OnnxInterpreter::run(OnnxTensor input) const
{
    const auto fits = [](std::int64_t given, std::int64_t asked) { return asked < 0 || asked == given; };
    if (!std::equal(input.shape.begin(), input.shape.end(), m_graph.inputShape.begin(),
                    m_graph.inputShape.end(), fits))
    {
        throwOnnxInvalid("it takes pictures of another shape");
    }
    std::map<std::string, OnnxTensor> values;
    values[m_graph.input] = std::move(input);
    // How many nodes are still to take in each value: it is dropped after the last of them.
    std::map<std::string, int> uses{{m_graph.output, 1}};
    for (const OnnxNode& node : m_graph.nodes) {
        for (const std::string& name : node.inputs) {
            ++uses[name];
        }
    }
    for (const OnnxNode& node : m_graph.nodes) {
        std::vector<const OnnxTensor*> inputs;
        for (const std::string& name : node.inputs) {
            const auto computed = values.find(name);
            const auto constant = m_graph.constants.find(name);
            if (!name.empty() && computed == values.end() && constant == m_graph.constants.end()) {
                throwOnnxInvalid("nothing makes the value " + name);
            }
            inputs.push_back(name.empty()               ? nullptr
                             : computed != values.end() ? &computed->second
                                                        : &constant->second);
        }
        OnnxTensor output = onnxOperation(node.type)(node, inputs);
        for (const std::string& name : node.inputs) {
            if (--uses[name] == 0) {
                values.erase(name);
            }
        }
        values[node.output] = std::move(output);
    }
    const auto found = values.find(m_graph.output);
    if (found == values.end()) {
        throwOnnxInvalid("nothing makes its output");
    }
    return std::move(found->second);
}

} // namespace thaw

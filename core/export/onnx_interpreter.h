#pragma once

#include "core/export/onnx_graph.h"

namespace thaw {

/// Computes an ONNX graph operation by operation, as the standard defines them, and shares no code with the
/// network: what an exported file says is found out from the file alone. It knows the operations that
/// writeOnnx() and writeOnnxImage() use, and refuses others.
class OnnxInterpreter
{
public:
    /// @throws Error WeightsInvalid for an operation, attribute or version that it does not know
    explicit OnnxInterpreter(OnnxGraph graph);

    /// @param input one picture or several
    /// @throws Error WeightsInvalid where shapes do not fit each other
    OnnxTensor run(OnnxTensor input) const;

    const OnnxGraph& graph() const { return m_graph; }

private:
    OnnxGraph m_graph;
};

} // namespace thaw

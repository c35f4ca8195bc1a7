#pragma once

#include "core/base/progress.h"
#include "core/evaluate/evaluation.h"
#include "core/explain/explanation.h"
#include "core/model/weights/weights.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

namespace thaw {

/// What is asked about each picture.
struct ExplainRequest
{
    ExplainMethod method = ExplainMethod::HiResCam;
    /// A convolution, whose output after its ReLU is looked at. Occlusion looks at none.
    std::string layer = "block5_conv3";
    std::vector<int> labels; ///< the classes asked for; none: the one that the picture is taken for
};

/// Explains what a model says of pictures. Decodes, resizes and prepares them as evaluation does, by the same
/// code. Keeps the network between calls. One thread at a time.
class Explainer
{
public:
    /// @param options Auto as precision is float32, whatever the model was trained in: a map is a difference
    /// of many numbers
    /// @throws Error WeightsInvalid, DeviceUnavailable
    Explainer(const ModelWeights& model, const ComputeOptions& options);
    ~Explainer();
    Explainer(const Explainer&) = delete;
    Explainer& operator=(const Explainer&) = delete;

    using Each = std::function<void(const Explanation&)>;

    /// Calls `each` for each file in order, and for each class asked for in theirs; once for a broken file,
    /// with its error. Progress counts files. Returns false when stopped, which takes a fraction of a second.
    /// @throws Error Usage for a layer that is no convolution or a class that the model does not have
    bool explain(const std::vector<std::filesystem::path>& files, const ExplainRequest& request,
                 const Each& each, const ProgressCallback& progress = {}, const std::stop_token& stop = {});

private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace thaw

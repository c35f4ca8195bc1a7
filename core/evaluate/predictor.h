#pragma once

#include "core/evaluate/evaluation.h"
#include "core/model/weights/weights.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <stop_token>
#include <vector>

namespace thaw {

/// Answers what files show, and keeps the network between calls: the second picture costs no loading.
/// Decodes, resizes and prepares pictures as training does, by the same code. One thread at a time.
class Predictor
{
public:
    /// The model is not needed afterwards. @throws Error WeightsInvalid, DeviceUnavailable
    Predictor(const ModelWeights& model, const ComputeOptions& options);
    ~Predictor();
    Predictor(const Predictor&) = delete;
    Predictor& operator=(const Predictor&) = delete;

    /// Predictions for files, in order; a broken file gets an error of its own. `each` is called in order as
    /// they come, a batch at a time. Returns false when stopped, which takes as long as a batch.
    bool predict(const std::vector<std::filesystem::path>& files,
                 const std::function<void(const Prediction&)>& each, const std::stop_token& stop = {});

private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace thaw

#include "core/evaluate/predictor.h"

#include "core/evaluate/evaluation_builder_torch.h"
#include "core/evaluate/inference_setup_torch.h"
#include "core/model/inference_torch.h"

#include <algorithm>
#include <utility>

namespace thaw {

struct Predictor::State
{
    State(const ModelWeights& model, const ComputeOptions& options)
        : network(model, deviceOf(options))
        , prefix(frozenPartOf(network, model, options))
        , loading(inferenceLoader(network, model.transform, options.batchSize))
        , parts(partsOn(options))
    {
    }

    const Network network;
    const FrozenPrefix prefix;
    const BatchLoaderOptions loading;
    PartSize parts;
};

Predictor::Predictor(const ModelWeights& model, const ComputeOptions& options)
    : m_state(std::make_unique<State>(model, options))
{
}

Predictor::~Predictor() = default;

bool Predictor::predict(const std::vector<std::filesystem::path>& files,
                        const std::function<void(const Prediction&)>& each, const std::stop_token& stop)
{
    std::vector<LoadItem> items;
    items.reserve(files.size());
    for (const std::filesystem::path& file : files) {
        items.push_back({file, 0});
    }
    return forEachLogits(
        m_state->network, m_state->prefix, items, m_state->loading, m_state->parts,
        [&](const Batch& batch, const at::Tensor& logits) {
            std::vector<Prediction> predictions = predictionsOf(logits);
            std::vector<std::pair<std::size_t, Prediction>> ordered;
            for (std::size_t i = 0; i < batch.size(); ++i) {
                ordered.emplace_back(batch.items[i], std::move(predictions[i]));
            }
            for (const Batch::Failure& failure : batch.failures) {
                Prediction prediction;
                prediction.error = failure.error.detail();
                ordered.emplace_back(failure.item, std::move(prediction));
            }
            std::sort(ordered.begin(), ordered.end(),
                      [](const auto& a, const auto& b) { return a.first < b.first; });
            for (auto& [item, prediction] : ordered) {
                prediction.path = files[item].string();
                each(prediction);
            }
        },
        stop);
}

bool predictFiles(const ModelWeights& model, const std::vector<std::filesystem::path>& files,
                  const ComputeOptions& options, const std::function<void(const Prediction&)>& each,
                  const std::stop_token& stop)
{
    return Predictor(model, options).predict(files, each, stop);
}

} // namespace thaw

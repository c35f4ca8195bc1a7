#include "core/explain/explainer.h"

#include "core/base/error.h"
#include "core/compute/compute_device.h"
#include "core/compute/precision_torch.h"
#include "core/evaluate/progress_throttle.h"
#include "core/explain/class_maps_torch.h"
#include "core/explain/occlusion_torch.h"
#include "core/model/inference_torch.h"

#include <algorithm>
#include <utility>

namespace thaw {

namespace {

/// A processor takes a third of a second for so many, after which a stop is noticed.
constexpr int mostTogetherOnProcessor = 8;

int layerOfMap(const ExplainRequest& request)
{
    if (request.method == ExplainMethod::Occlusion) {
        return baseLayerCount;
    }
    const auto& names = convolutionNames();
    if (std::find(names.begin(), names.end(), request.layer) == names.end()) {
        throw Error(ErrorCode::Usage, {}, "there is no convolution \"" + request.layer + "\"",
                    "use one of block1_conv1 to block5_conv3");
    }
    return layerIndex(request.layer);
}

PlaceMap placeMapOf(const at::Tensor& values)
{
    const at::Tensor plain = values.contiguous();
    const float* data = plain.data_ptr<float>();
    return {static_cast<int>(plain.size(0)), static_cast<int>(plain.size(1)), {data, data + plain.numel()}};
}

c10::Device torchDeviceOf(const DeviceInfo& device)
{
    setDeviceRules();
    return c10::Device(device.id);
}

/// What a batch gives. The inner lists are of the classes asked for.
struct BatchEvidence
{
    at::Tensor logits; ///< [N, outputs] on the CPU
    std::vector<std::vector<int>> labels;
    std::vector<std::vector<PlaceMap>> evidence;
};

std::vector<std::vector<int>> labelsOf(const at::Tensor& logits, const ExplainRequest& request)
{
    std::vector<std::vector<int>> labels;
    for (const int predicted : predictedLabels(logits)) {
        labels.push_back(request.labels.empty() ? std::vector{predicted} : request.labels);
    }
    return labels;
}

std::vector<Explanation> explanationsOf(const BatchEvidence& batch, std::size_t picture,
                                        const ExplainRequest& request)
{
    const at::Tensor logits = batch.logits.narrow(0, static_cast<std::int64_t>(picture), 1);
    std::vector<Explanation> result;
    for (std::size_t asked = 0; asked < batch.labels[picture].size(); ++asked) {
        Explanation each;
        each.label = batch.labels[picture][asked];
        each.logit = scoresOf(logits, {each.label}).item<double>();
        each.method = request.method;
        each.layer = request.method == ExplainMethod::Occlusion ? std::string() : request.layer;
        if (!setEvidence(each, batch.evidence[picture][asked])) {
            each = {};
            each.error = "the network's numbers for it are beyond all bounds";
        }
        result.push_back(std::move(each));
    }
    return result;
}

} // namespace

struct Explainer::State
{
    State(const ModelWeights& model, const ComputeOptions& options)
        : device(resolveDevice(options.device))
        , network(model, torchDeviceOf(device))
        , transform(model.transform)
        , classes(static_cast<int>(model.classes.size()))
        , precision(resolvePrecision(
              options.precision == Precision::Auto ? Precision::Float32 : options.precision, device))
        , batchSize(network.device().is_cpu() ? std::min(options.batchSize, mostTogetherOnProcessor)
                                              : options.batchSize)
        , parts("the memory of " + device.name)
    {
    }

    /// The layers before a boundary; made when another is asked for.
    const FrozenPrefix& prefixUpTo(int boundary)
    {
        if (!prefix || prefix->boundary() != boundary) {
            prefix = std::make_unique<FrozenPrefix>(network, boundary, scalarTypeOf(precision));
        }
        return *prefix;
    }

    at::Tensor logitsOf(const at::Tensor& pictures)
    {
        const FrozenPrefix& base = prefixUpTo(baseLayerCount + 1);
        return inParts(pictures.size(0), parts,
                       [&](std::int64_t first, std::int64_t count) {
                           const at::Tensor features = base.forward(pictures.narrow(0, first, count));
                           return std::vector{logitsFromFeatures(network, base.boundary(), features)};
                       })
            .front();
    }

    BatchEvidence mapsOf(const BatchInputs& inputs, int layer, const ExplainRequest& request)
    {
        const FrozenPrefix& below = prefixUpTo(layer + 1);
        const auto rows = inParts(inputs.size(), parts, [&](std::int64_t first, std::int64_t count) {
            ClassMaps maps = classMaps(network, layer, below.forward(inputs.part(first, count)),
                                       request.method, request.labels);
            maps.evidence.insert(maps.evidence.begin(), maps.logits);
            return std::move(maps.evidence);
        });
        BatchEvidence result{rows.front(), labelsOf(rows.front(), request), {}};
        for (std::int64_t i = 0; i < inputs.size(); ++i) {
            result.evidence.emplace_back();
            for (std::size_t asked = 1; asked < rows.size(); ++asked) {
                result.evidence.back().push_back(placeMapOf(rows[asked][i]));
            }
        }
        return result;
    }

    /// @return nothing when stopped
    std::optional<BatchEvidence> occlusionsOf(const BatchInputs& inputs, const ExplainRequest& request,
                                              const std::stop_token& stop)
    {
        const auto logits = [this](const at::Tensor& pictures) { return logitsOf(pictures); };
        BatchEvidence result{logits(inputs.part(0, inputs.size())), {}, {}};
        result.labels = labelsOf(result.logits, request);
        for (std::int64_t i = 0; i < inputs.size(); ++i) {
            const auto covered = occludedLogits(inputs.part(i, 1), logits, batchSize, stop);
            if (!covered) {
                return std::nullopt;
            }
            result.evidence.emplace_back();
            for (const int label : result.labels[static_cast<std::size_t>(i)]) {
                const double score = scoresOf(result.logits.narrow(0, i, 1), {label}).item<double>();
                const std::vector<int> same(static_cast<std::size_t>(covered->size(0)), label);
                result.evidence.back().push_back(occlusionMap(score, scoresOf(*covered, same)));
            }
        }
        return result;
    }

    DeviceInfo device;
    Network network;
    TransformSpec transform;
    int classes;
    Precision precision;
    int batchSize;
    PartSize parts;
    std::unique_ptr<FrozenPrefix> prefix;
};

Explainer::Explainer(const ModelWeights& model, const ComputeOptions& options)
    : m_state(std::make_unique<State>(model, options))
{
}

Explainer::~Explainer() = default;

bool Explainer::explain(const std::vector<std::filesystem::path>& files, const ExplainRequest& request,
                        const Each& each, const ProgressCallback& progress, const std::stop_token& stop)
{
    State& state = *m_state;
    const int layer = layerOfMap(request);
    for (const int label : request.labels) {
        if (label < 0 || label >= state.classes) {
            throw Error(ErrorCode::Usage, {}, "the model has no class number " + std::to_string(label));
        }
    }
    std::vector<LoadItem> items;
    for (const std::filesystem::path& file : files) {
        items.push_back({file, 0});
    }
    // Occlusion computes a batch of each picture.
    const bool isOcclusion = request.method == ExplainMethod::Occlusion;
    const int together = isOcclusion ? 1 : state.batchSize;
    BatchLoader loader(items, inferenceLoader(state.network, state.transform, together));
    ProgressThrottle throttle(progress, static_cast<std::int64_t>(files.size()));
    while (const auto batch = loader.next(stop)) {
        std::vector<std::pair<std::size_t, std::vector<Explanation>>> ordered;
        if (batch->size() > 0) {
            const BatchInputs inputs(*batch, state.transform.inputSize, state.network);
            const auto evidence = isOcclusion ? state.occlusionsOf(inputs, request, stop)
                                              : state.mapsOf(inputs, layer, request);
            if (!evidence) {
                break;
            }
            for (std::size_t i = 0; i < batch->size(); ++i) {
                ordered.emplace_back(batch->items[i], explanationsOf(*evidence, i, request));
            }
        }
        for (const Batch::Failure& failure : batch->failures) {
            Explanation broken;
            broken.error = failure.error.detail();
            ordered.emplace_back(failure.item, std::vector{std::move(broken)});
        }
        std::sort(ordered.begin(), ordered.end(),
                  [](const auto& a, const auto& b) { return a.first < b.first; });
        for (auto& [item, explanations] : ordered) {
            for (Explanation& explanation : explanations) {
                explanation.path = files[item].string();
                each(explanation);
            }
        }
        throttle.advance(static_cast<std::int64_t>(ordered.size()));
    }
    return !stop.stop_requested();
}

} // namespace thaw

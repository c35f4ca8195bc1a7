#include "core/evaluate/evaluation.h"

#include "core/base/error.h"
#include "core/base/near_names.h"
#include "core/base/printable.h"
#include "core/compute/compute_device.h"
#include "core/compute/precision_torch.h"
#include "core/evaluate/evaluation_builder_torch.h"
#include "core/evaluate/inference_setup_torch.h"
#include "core/evaluate/progress_throttle.h"
#include "core/model/inference_torch.h"

#include <algorithm>
#include <utility>

namespace thaw {

namespace {

std::string lowered(std::string text)
{
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return text;
}

/// Names that are the same but for case come first.
std::vector<std::string> namesNear(const std::string& name, const std::vector<std::string>& classes)
{
    std::vector<std::string> near;
    std::copy_if(classes.begin(), classes.end(), std::back_inserter(near),
                 [&](const std::string& known) { return lowered(known) == lowered(name); });
    return near.empty() ? nearNames(name, classes) : near;
}

/// "Cat (perhaps cat), horse", the first ten.
std::string listed(const std::vector<UnknownClass>& unknown)
{
    constexpr std::size_t most = 10;
    std::string text;
    for (std::size_t i = 0; i < std::min(most, unknown.size()); ++i) {
        text += (i > 0 ? ", " : "") + printable(unknown[i].name) +
                (unknown[i].near.empty() ? "" : " (perhaps " + printable(unknown[i].near.front()) + ")");
    }
    return text + (unknown.size() > most ? ", …" : "");
}

/// What is to be loaded, with the model's labels; pictures of classes that it does not know go into `result`.
std::vector<LoadItem> itemsOf(const ModelWeights& model, const DatasetIndex& dataset,
                              const std::vector<std::size_t>& samples, Evaluation& result)
{
    std::vector<int> labelOf; // by the data set's; −1: not known
    for (const std::string& name : dataset.classes) {
        const auto found = std::find(model.classes.begin(), model.classes.end(), name);
        labelOf.push_back(found == model.classes.end() ? -1
                                                       : static_cast<int>(found - model.classes.begin()));
    }
    std::vector<LoadItem> items;
    std::vector<int> unknown(dataset.classes.size());
    for (const std::size_t index : samples) {
        const Sample& sample = dataset.samples.at(index);
        const auto label = static_cast<std::size_t>(sample.label);
        if (labelOf[label] >= 0) {
            items.push_back({dataset.pathOf(sample), labelOf[label]});
        } else {
            ++unknown[label];
            result.notKnown.push_back(
                {dataset.pathOf(sample).string(),
                 "the model does not know the class " + printable(dataset.classes[label])});
        }
    }
    for (std::size_t label = 0; label < unknown.size(); ++label) {
        if (unknown[label] > 0) {
            const std::string& name = dataset.classes[label];
            result.unknownClasses.push_back({name, unknown[label], namesNear(name, model.classes)});
        }
    }
    if (items.empty()) {
        std::vector<UnknownClass> known;
        for (const std::string& name : model.classes) {
            known.push_back({name, 0, {}});
        }
        throw Error(ErrorCode::DatasetInvalid, dataset.root,
                    "the model knows none of its classes: " + listed(result.unknownClasses),
                    "the model's classes are " + listed(known) + "; rename the folders to these");
    }
    return items;
}

} // namespace

std::optional<Evaluation> evaluateModel(const ModelWeights& model, const DatasetIndex& dataset, Split split,
                                        const ComputeOptions& options, const ProgressCallback& progress,
                                        const std::stop_token& stop)
{
    const std::vector<std::size_t> samples = dataset.indicesOf(split);
    if (samples.empty()) {
        throw Error(ErrorCode::DatasetInvalid, dataset.root,
                    std::string("has no pictures in its ") + nameOf(split) + " split");
    }
    return evaluatePictures(model, dataset, nameOf(split), samples, options, progress, stop);
}

std::optional<Evaluation> evaluatePictures(const ModelWeights& model, const DatasetIndex& dataset,
                                           const std::string& part, const std::vector<std::size_t>& samples,
                                           const ComputeOptions& options, const ProgressCallback& progress,
                                           const std::stop_token& stop)
{
    Evaluation result = evaluationToFill(dataset, model.classes, part);
    const std::vector<LoadItem> items = itemsOf(model, dataset, samples, result);

    const Network network(model, deviceOf(options));
    const FrozenPrefix prefix = frozenPartOf(network, model, options);
    double loss = 0;
    int correct = 0;
    ProgressThrottle throttle(progress, static_cast<std::int64_t>(items.size()));
    PartSize parts = partsOn(options);
    BatchLoaderOptions loading = inferenceLoader(network, model.transform, options.batchSize);
    // What was measured on the pictures of a drive that are left would pass for a result.
    loading.foldersMustStay = true;
    const bool done = forEachLogits(
        network, prefix, items, loading, parts,
        [&](const Batch& batch, const at::Tensor& logits) {
            for (const Batch::Failure& failure : batch.failures) {
                result.leftOut.push_back({items[failure.item].path.string(), failure.error.detail()});
            }
            if (batch.size() > 0) {
                const at::Tensor labels = at::tensor(batch.labels, at::kInt).to(at::kLong);
                loss += lossOf(logits, labels).item<double>() * static_cast<double>(batch.size());
                correct += static_cast<int>(correctOf(logits, labels));
                std::vector<Prediction> predictions = predictionsOf(logits);
                for (std::size_t i = 0; i < batch.size(); ++i) {
                    predictions[i].path = items[batch.items[i]].path.string();
                    predictions[i].truth = batch.labels[i];
                    addPrediction(result, std::move(predictions[i]));
                }
            }
            result.score.images = static_cast<int>(result.predictions.size());
            throttle.advance(static_cast<std::int64_t>(batch.size() + batch.failures.size()));
        },
        stop);
    if (!done) {
        return std::nullopt;
    }
    if (result.score.images == 0) {
        throw Error(ErrorCode::DatasetEmpty, dataset.root, "none of its pictures can be read");
    }
    result.score = {loss / result.score.images, static_cast<double>(correct) / result.score.images,
                    result.score.images};
    return result;
}

std::optional<std::vector<FeatureMap>>
computeFeatures(const BaseWeights& weights, const TransformSpec& transform, const std::string& layer,
                const std::vector<std::filesystem::path>& files, const ComputeOptions& options,
                const ProgressCallback& progress, const std::stop_token& stop)
{
    const int index = layerIndex(layer);
    if (index < 0) {
        throw Error(ErrorCode::Usage, {}, "there is no layer \"" + layer + "\"",
                    "use the name of a layer of the base: block1_conv1 to block5_pool");
    }
    std::vector<LoadItem> items;
    items.reserve(files.size());
    for (const std::filesystem::path& file : files) {
        items.push_back({file, 0});
    }
    const HeadSpec head{HeadKind::Pooled, 2, 0, featureSide(transform.inputSize),
                        weights.backbone().channels.back()};
    const Network network(weights, head, deviceOf(options));
    const Precision used = options.precision == Precision::Auto ? Precision::Float32 : options.precision;
    const FrozenPrefix prefix(network, index + 1,
                              scalarTypeOf(resolvePrecision(used, resolveDevice(options.device))));

    std::vector<FeatureMap> maps;
    ProgressThrottle throttle(progress, static_cast<std::int64_t>(files.size()));
    PartSize parts = partsOn(options);
    BatchLoader loader(items, inferenceLoader(network, transform, options.batchSize));
    while (auto batch = loader.next(stop)) {
        if (!batch->failures.empty()) {
            throw batch->failures.front().error;
        }
        const BatchInputs inputs(*batch, transform.inputSize, network);
        const auto outputOf = [&](std::int64_t first, std::int64_t count) {
            return std::vector{prefix.forward(inputs.part(first, count)).to(at::kCPU)};
        };
        const at::Tensor output =
            inParts(inputs.size(), parts, outputOf).front().permute({0, 2, 3, 1}).contiguous();
        const auto size = static_cast<std::size_t>(output[0].numel());
        const float* values = output.data_ptr<float>();
        for (std::size_t i = 0; i < batch->size(); ++i) {
            maps.push_back({files[batch->items[i]].string(),
                            static_cast<int>(output.size(1)),
                            static_cast<int>(output.size(2)),
                            static_cast<int>(output.size(3)),
                            {values + i * size, values + (i + 1) * size}});
        }
        throttle.advance(static_cast<std::int64_t>(batch->size()));
    }
    return stop.stop_requested() ? std::nullopt : std::optional(std::move(maps));
}

} // namespace thaw

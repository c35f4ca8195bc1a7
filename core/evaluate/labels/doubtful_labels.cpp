#include "core/evaluate/labels/doubtful_labels.h"

#include "core/base/error.h"
#include "core/compute/compute_device.h"
#include "core/compute/part_size.h"
#include "core/compute/precision_torch.h"
#include "core/evaluate/labels/label_folds.h"
#include "core/evaluate/labels/linear_head_torch.h"
#include "core/evaluate/metrics/label_check.h"
#include "core/evaluate/progress_throttle.h"
#include "core/model/inference_torch.h"

#include <algorithm>
#include <utility>

namespace thaw {

namespace {

/// Holds the weights of a head back (see LinearHead). Held back less, a head on 512 features learns a few
/// hundred labels by heart, the wrong ones too. Of 5 % swapped labels of 600 cats and dogs (398 ants and
/// bees), 94 % (86 %) were among the first tenth listed with this; a fourth of it finds two in a hundred
/// fewer, a fortieth eight.
constexpr double headDecay = 1;

/// What the base makes of the pictures that can be read.
struct PictureFeatures
{
    at::Tensor values; ///< [N, channels] float32
    std::vector<std::size_t> samples;
    std::vector<ExcludedImage> leftOut;
};

std::optional<PictureFeatures> featuresOf(const BaseWeights& base, const TransformSpec& transform,
                                          const DatasetIndex& dataset, const ComputeOptions& options,
                                          const ProgressCallback& progress, const std::stop_token& stop)
{
    setDeviceRules();
    const DeviceInfo device = resolveDevice(options.device);
    const HeadSpec head{HeadKind::Pooled, 2, 0, featureSide(transform.inputSize),
                        base.backbone().channels.back()};
    const Network network(base, head, c10::Device(device.id));
    const Precision used = options.precision == Precision::Auto ? Precision::Float32 : options.precision;
    const FrozenPrefix prefix(network, baseLayerCount + 1, scalarTypeOf(resolvePrecision(used, device)));

    std::vector<LoadItem> items;
    for (const Sample& sample : dataset.samples) {
        items.push_back({dataset.pathOf(sample), sample.label});
    }
    BatchLoaderOptions loading = inferenceLoader(network, transform, options.batchSize);
    loading.foldersMustStay = true; // else what is left on a drive pulled out would pass for the data set
    BatchLoader loader(items, loading);
    ProgressThrottle throttle(progress, static_cast<std::int64_t>(items.size()));
    PartSize parts("the memory of " + device.name);
    PictureFeatures result;
    std::vector<at::Tensor> rows;
    while (auto batch = loader.next(stop)) {
        for (const Batch::Failure& failure : batch->failures) {
            result.leftOut.push_back({items[failure.item].path.string(), failure.error.detail()});
        }
        if (batch->size() > 0) {
            const BatchInputs inputs(*batch, transform.inputSize, network);
            const auto pooled = [&](std::int64_t first, std::int64_t count) {
                return std::vector{prefix.forward(inputs.part(first, count)).mean({2, 3}).to(at::kCPU)};
            };
            rows.push_back(inParts(inputs.size(), parts, pooled).front().to(at::kFloat));
            result.samples.insert(result.samples.end(), batch->items.begin(), batch->items.end());
        }
        throttle.advance(static_cast<std::int64_t>(batch->size() + batch->failures.size()));
    }
    if (stop.stop_requested()) {
        return std::nullopt;
    }
    if (rows.empty()) {
        throw Error(ErrorCode::DatasetEmpty, dataset.root, "none of its pictures can be read");
    }
    result.values = at::cat(rows, 0);
    return result;
}

at::Tensor rowNumbers(const std::vector<std::size_t>& rows)
{
    return at::tensor(std::vector<std::int64_t>(rows.begin(), rows.end()), at::kLong);
}

/// Each picture's probabilities by the head that was not taught its fold. Nothing when stopped.
std::optional<Answers> answersOutOfFold(const at::Tensor& features, std::vector<int> labels,
                                        const std::vector<int>& folds, std::size_t classes, int foldCount,
                                        const std::stop_token& stop)
{
    Answers answers{classes, std::move(labels), {}};
    answers.probabilities.resize(answers.size() * classes);
    for (int fold = 0; fold < foldCount; ++fold) {
        std::vector<std::size_t> taught;
        std::vector<std::size_t> asked;
        std::vector<int> taughtLabels;
        for (std::size_t i = 0; i < folds.size(); ++i) {
            if (folds[i] == fold) {
                asked.push_back(i);
            } else {
                taught.push_back(i);
                taughtLabels.push_back(answers.truths[i]);
            }
        }
        if (asked.empty()) {
            continue;
        }
        at::Tensor shares =
            at::full({static_cast<std::int64_t>(asked.size()), static_cast<std::int64_t>(classes)},
                     1.0 / static_cast<double>(classes), at::kFloat);
        if (!taught.empty()) { // all pictures are the same one: nobody knows
            const auto head = LinearHead::fit(features.index_select(0, rowNumbers(taught)), taughtLabels,
                                              static_cast<std::int64_t>(classes), headDecay, stop);
            shares = head.probabilities(features.index_select(0, rowNumbers(asked))).contiguous();
        }
        if (stop.stop_requested()) {
            return std::nullopt;
        }
        const float* values = shares.data_ptr<float>();
        for (const std::size_t picture : asked) {
            std::copy_n(values, classes,
                        answers.probabilities.begin() + static_cast<std::ptrdiff_t>(picture * classes));
            values += classes;
        }
    }
    return answers;
}

} // namespace

std::optional<LabelCheck> checkLabels(const BaseWeights& base, const TransformSpec& transform,
                                      const DatasetIndex& dataset, const LabelCheckOptions& options,
                                      const ProgressCallback& progress, const std::stop_token& stop)
{
    if (dataset.classes.size() < 2) {
        throw Error(ErrorCode::DatasetOneClass, dataset.root,
                    "has one class, so that no other label could be meant");
    }
    auto features = featuresOf(base, transform, dataset, options.compute, progress, stop);
    if (!features) {
        return std::nullopt;
    }
    std::vector<int> labels;
    std::vector<std::string> contents;
    for (const std::size_t sample : features->samples) {
        labels.push_back(dataset.samples[sample].label);
        contents.push_back(dataset.samples[sample].contentHash);
    }
    const std::vector<int> folds = labelFolds(labels, contents, options.folds, options.seed);
    const std::optional<Answers> answers = answersOutOfFold(features->values, std::move(labels), folds,
                                                            dataset.classes.size(), options.folds, stop);
    if (!answers) {
        return std::nullopt;
    }
    LabelCheck check;
    check.classes = dataset.classes;
    check.images = answers->size();
    std::size_t agreeing = 0;
    for (std::size_t i = 0; i < answers->size(); ++i) {
        agreeing += answers->isRight(i) ? 1 : 0;
    }
    check.agreement = static_cast<double>(agreeing) / static_cast<double>(answers->size());
    for (const LabelSuspect& suspect : labelSuspects(*answers)) {
        const Sample& sample = dataset.samples[features->samples[suspect.picture]];
        check.suspects.push_back({dataset.pathOf(sample).string(), dataset.classes[suspect.given],
                                  dataset.classes[suspect.suggested], suspect.selfConfidence});
    }
    check.leftOut = std::move(features->leftOut);
    return check;
}

} // namespace thaw

#include "core/train/loop/run_evaluator_torch.h"

#include "core/base/error.h"
#include "core/compute/precision_torch.h"
#include "core/evaluate/evaluation_builder_torch.h"
#include "core/model/weights/weights_catalog.h"
#include "core/train/loop/train_step_torch.h"
#include "core/train/start/picture_losses.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <string_view>
#include <utility>

namespace thaw {

namespace {

/// Sums a score over batches, weighted by their size.
struct ScoreSum
{
    double loss = 0;
    std::int64_t correct = 0;
    std::int64_t images = 0;
    std::vector<std::size_t> byClass;
    std::vector<std::size_t> correctByClass;
    std::vector<Prediction> predictions;
    LossOptions options;

    ScoreSum(std::size_t classes, double labelSmoothing)
        : byClass(classes), correctByClass(classes), options{labelSmoothing}
    {
    }

    /// @param items places of the batch's pictures in `pictures`
    template <typename Items>
    void keep(const at::Tensor& logits, const Items& items, const std::vector<LoadItem>& pictures)
    {
        std::vector<Prediction> answers = predictionsOf(logits);
        for (std::size_t i = 0; i < items.size(); ++i) {
            answers[i].path = pictures[items[i]].path.string();
            answers[i].truth = pictures[items[i]].label;
            predictions.push_back(std::move(answers[i]));
        }
    }

    void add(const at::Tensor& logits, const std::vector<int>& labels)
    {
        if (labels.empty()) {
            return;
        }
        const at::Tensor targets = at::tensor(labels, at::kInt).to(at::kLong);
        const at::Tensor right = rightOf(logits, targets).contiguous();
        for (std::size_t i = 0; i < labels.size(); ++i) {
            const auto label = static_cast<std::size_t>(labels[i]);
            const bool isRight = right.data_ptr<bool>()[i];
            ++byClass[label];
            correctByClass[label] += isRight ? 1 : 0;
            correct += isRight ? 1 : 0;
        }
        loss += lossOf(logits, targets, options).item<double>() * static_cast<double>(labels.size());
        images += static_cast<std::int64_t>(labels.size());
    }

    Measured measured()
    {
        Score score;
        if (images > 0) {
            score = {loss / static_cast<double>(images),
                     static_cast<double>(correct) / static_cast<double>(images), static_cast<int>(images)};
        }
        return {score, byClass, correctByClass, std::move(predictions)};
    }
};

/// A best epoch where there are no validation pictures any more: from now on training losses decide.
void judgeByTraining(BestEpoch& best, const std::vector<EpochMetrics>& history)
{
    const auto row = std::find_if(history.begin(), history.end(), [&](const EpochMetrics& each) {
        return each.phase == best.phase && each.epoch == best.epoch;
    });
    if (row != history.end()) {
        best.valLoss = row->loss;
        best.valAccuracy = std::numeric_limits<double>::quiet_NaN();
        best.images = 0;
    }
}

FrozenPrefix frozenPrefixOf(const RunScope& scope, const PhasePlan& phase, const Network& network)
{
    return {network, phase.boundary, scalarTypeOf(scope.plan.recipe.precision)};
}

} // namespace

bool RunEvaluator::openFeatures(std::unique_ptr<StoredViews>& stored, Split split, const PhasePlan& phase,
                                const std::vector<int>& boundaries, const Network& network,
                                const FrozenPrefix& prefix, TrainStage stage)
{
    TrainState& state = m_scope.state;
    bool isFound = true;
    const StoredViews::FillCallbacks callbacks{[&](const Batch& batch, int step, int steps) {
                                                   isFound = false;
                                                   m_scope.reporter.leftOut(batch.failures);
                                                   m_scope.reporter.progress(state, stage, step, steps);
                                               },
                                               [](const std::function<void()>& write) { write(); }};
    const Stopwatch watch;
    bool isDone = true;
    try {
        stored = std::make_unique<StoredViews>(m_scope.saving, m_scope.plan, StoredViews::Purpose::Measuring,
                                               network, frozenHash(phase, network, m_scope.importedHash),
                                               m_scope.pictures.of(split));
        isDone = stored->fill(0, boundaries, network, prefix, m_scope.loaderFor(network), m_scope.parts,
                              callbacks, m_scope.stop);
    } catch (const Error& error) {
        if (error.code() != ErrorCode::DiskFull && error.code() != ErrorCode::WriteFailed) {
            throw;
        }
        // They only spare work: then they are computed each time, and take no room from what has to be saved.
        if (stored) {
            stored->discardUnfinished();
            stored.reset();
        }
    }
    if (stored && isFound) {
        m_scope.reporter.skip(state, stage);
    }
    state.waitedSeconds += stored ? stored->waitedSeconds() : 0;
    state.totalSeconds += watch.seconds();
    return isDone;
}

bool RunEvaluator::enterPhase(const PhasePlan& phase, const Network& network, const FrozenPrefix& prefix)
{
    m_validation.reset();
    return !phase.keepsValidation || m_scope.pictures.validation.items.empty() ||
           openFeatures(m_validation, Split::Validation, phase, phase.passBoundaries, network, prefix,
                        TrainStage::Preparing);
}

std::optional<Measured> RunEvaluator::measureStored(StoredViews& stored, Split split, int boundary,
                                                    const Network& network, const Pass& pass)
{
    ScoreSum sum(m_scope.classes.size(), pass.labelSmoothing);
    int step = 0;
    const int steps = m_scope.plan.stepsFor(stored.pictureCount());
    const bool isDone = stored.forEachLogits(
        network, boundary, m_scope.parts,
        [&](const at::Tensor& logits, const StoredViews::Gathered& batch) {
            sum.add(logits, batch.labels);
            if (pass.keepsPredictions) {
                sum.keep(logits, batch.items, m_scope.pictures.of(split).items);
            }
            ++step;
            if (pass.stage) {
                m_scope.reporter.progress(m_scope.state, *pass.stage, step, steps);
            }
        },
        m_scope.stop);
    return isDone ? std::optional(sum.measured()) : std::nullopt;
}

std::optional<Measured> RunEvaluator::measureFresh(Split split, const Network& network,
                                                   const FrozenPrefix& prefix, const Pass& pass)
{
    const std::vector<LoadItem>& items = m_scope.pictures.of(split).items;
    ScoreSum sum(m_scope.classes.size(), pass.labelSmoothing);
    int step = 0;
    const int steps = m_scope.plan.stepsFor(items.size());
    const bool isDone =
        items.empty() || forEachLogits(
                             network, prefix, items, m_scope.loaderFor(network), m_scope.parts,
                             [&](const Batch& batch, const at::Tensor& logits) {
                                 m_scope.reporter.leftOut(batch.failures);
                                 sum.add(logits, batch.labels);
                                 if (pass.keepsPredictions) {
                                     sum.keep(logits, batch.items, items);
                                 }
                                 ++step;
                                 if (pass.stage) {
                                     m_scope.reporter.progress(m_scope.state, *pass.stage, step, steps);
                                 }
                             },
                             m_scope.stop, &m_scope.state.waitedSeconds);
    return isDone ? std::optional(sum.measured()) : std::nullopt;
}

std::optional<Measured> RunEvaluator::validate(const Network& network, const FrozenPrefix& prefix)
{
    const Pass pass{TrainStage::Validating, m_scope.plan.recipe.labelSmoothing};
    return m_validation ? measureStored(*m_validation, Split::Validation, prefix.boundary(), network, pass)
                        : measureFresh(Split::Validation, network, prefix, pass);
}

std::optional<Measured> RunEvaluator::validateAgain(const PhasePlan& phase, const ModelWeights& weights,
                                                    c10::Device device)
{
    const Network kept(weights, device);
    return measureFresh(Split::Validation, kept, frozenPrefixOf(m_scope, phase, kept),
                        {std::nullopt, m_scope.plan.recipe.labelSmoothing});
}

std::optional<Measured> RunEvaluator::test(const PhasePlan& phase, const std::filesystem::path& weights,
                                           c10::Device device)
{
    const Split split = m_scope.plan.testedSplit.value();
    const Network best(readModelWeights(weights), device);
    const FrozenPrefix prefix = frozenPrefixOf(m_scope, phase, best);
    std::unique_ptr<StoredViews> stored;
    // Where training stores features, other runs and the next test find these too.
    if (phase.usesStoredViews() &&
        !openFeatures(stored, split, phase, {phase.boundary}, best, prefix, TrainStage::Testing))
    {
        return std::nullopt;
    }
    const Stopwatch watch;
    // Storing has told the stage's progress already.
    std::optional<Measured> measured =
        stored ? measureStored(*stored, split, phase.boundary, best, {std::nullopt, 0, true})
               : measureFresh(split, best, prefix, {TrainStage::Testing, 0, true});
    m_scope.state.totalSeconds += watch.seconds();
    return measured;
}

TestResult testResultOf(const RunScope& scope, const Measured& measured, int phase)
{
    const Split split = scope.plan.testedSplit.value();
    const std::size_t images = scope.pictures.of(split).items.size();
    TestResult result{nameOf(split),    measured.score,         phase, images, {},
                      measured.byClass, measured.correctByClass};
    for (std::size_t label = 0; label < measured.byClass.size(); ++label) {
        if (measured.byClass[label] == 0) {
            result.unmeasured.push_back(scope.classes[label]);
        }
    }
    if (static_cast<std::size_t>(measured.score.images) < images) {
        scope.reporter.tell(NoticeCode::MeasuredPartly, {std::int64_t(measured.score.images),
                                                         static_cast<std::int64_t>(images), result.split});
    }
    if (!result.unmeasured.empty()) {
        const auto classes = static_cast<std::int64_t>(scope.classes.size());
        scope.reporter.tell(NoticeCode::ClassesUnmeasured,
                            {result.split, classes - static_cast<std::int64_t>(result.unmeasured.size()),
                             classes, someOf(result.unmeasured)});
    }
    return result;
}

Evaluation evaluationOf(const RunScope& scope, const DatasetIndex& dataset, const RunRecord& record,
                        Measured measured)
{
    const Split split = scope.plan.testedSplit.value();
    Evaluation evaluation = evaluationToFill(dataset, scope.classes, nameOf(split));
    evaluation.score = measured.score;
    std::set<std::string> known;
    for (Prediction& prediction : measured.predictions) {
        known.insert(prediction.path);
        addPrediction(evaluation, std::move(prediction));
    }
    std::map<std::string_view, std::string_view> reasons;
    for (const ExcludedImage& image : record.excluded) {
        reasons.emplace(image.path, image.reason);
    }
    for (const LoadItem& item : scope.pictures.of(split).items) {
        const std::string path = item.path.string();
        if (!known.contains(path)) {
            const auto reason = reasons.find(path);
            evaluation.leftOut.push_back(
                {path, std::string(reason != reasons.end() ? reason->second : "cannot be read")});
        }
    }
    return evaluation;
}

std::optional<std::vector<BestEpoch>> measureBestAgain(const RunScope& scope, RunEvaluator& evaluator,
                                                       const RunFiles& files, c10::Device device)
{
    std::vector<BestEpoch> again = scope.state.best;
    for (BestEpoch& best : again) {
        if (best.epoch == 0) {
            continue;
        }
        best.measuredAgain = true;
        if (scope.pictures.validation.items.empty()) {
            judgeByTraining(best, scope.state.history);
            continue;
        }
        ModelWeights weights;
        try {
            weights = readModelWeights(files.phase(best.phase));
        } catch (const Error& error) {
            scope.reporter.tell(NoticeCode::BestNotMeasurable,
                                {std::int64_t(best.phase), std::string(error.what())});
            best.measuredAgain = false;
            if (best.phase == scope.state.phase) {
                best = BestEpoch{best.phase}; // what comes could not be compared with it
            }
            continue;
        }
        const std::optional<Measured> measured =
            evaluator.validateAgain(scope.plan.phase(best.phase), weights, device);
        if (!measured) {
            return std::nullopt;
        }
        const Score& score = measured->score;
        if (score.images == 0) {
            best.measuredAgain = false;
            continue; // which the next validation finds too
        }
        best.valLoss = std::isfinite(score.loss) ? score.loss : std::numeric_limits<double>::infinity();
        best.valAccuracy = score.accuracy;
        best.images = score.images;
        scope.reporter.tell(NoticeCode::BestMeasuredAgain,
                            {std::int64_t(best.phase), std::int64_t(best.images)});
    }
    return again;
}

} // namespace thaw

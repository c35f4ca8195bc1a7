#include "core/base/error.h"
#include "core/run/run_store.h"
#include "core/train/train_loop_torch.h"
#include "core/train/view_schedule.h"

#include <algorithm>
#include <cmath>

// How the loop judges what it has trained: validation, the end of an epoch, the test.
namespace thaw {

namespace {

/// Sums a score over batches, weighted by their size.
struct ScoreSum
{
    double loss = 0;
    std::int64_t correct = 0;
    std::int64_t images = 0;

    void add(const at::Tensor& logits, const std::vector<int>& labels)
    {
        if (labels.empty()) {
            return;
        }
        const at::Tensor targets = at::tensor(labels, at::kInt).to(at::kLong);
        loss += lossOf(logits, targets).item<double>() * static_cast<double>(labels.size());
        correct += correctOf(logits, targets);
        images += static_cast<std::int64_t>(labels.size());
    }

    Score score() const
    {
        return images == 0 ? Score{}
                           : Score{loss / static_cast<double>(images),
                                   static_cast<double>(correct) / static_cast<double>(images),
                                   static_cast<int>(images)};
    }
};

} // namespace

std::string TrainLoop::frozenHash() const
{
    const auto index = std::min(static_cast<std::size_t>(m_state.phase), m_recipe.phases.size()) - 1;
    const int boundary = m_recipe.phases[index].freezePlan().firstTrainableConvolution();
    const auto trainsFrozen = [boundary](const PhaseRecipe& earlier) {
        return earlier.freezePlan().firstTrainableConvolution() < boundary;
    };
    const auto end = m_recipe.phases.begin() + static_cast<std::ptrdiff_t>(index);
    if (std::none_of(m_recipe.phases.begin(), end, trainsFrozen)) {
        return m_baseHash;
    }
    BaseWeights frozen = m_network.copyBase();
    const std::vector<LayerInfo> layers = baseLayers(minInputSize, m_network.backbone());
    std::size_t convolution = 0;
    for (int layer = 1; layer <= baseLayerCount; ++layer) {
        if (layers[static_cast<std::size_t>(layer)].kind == LayerKind::Convolution) {
            if (layer >= boundary) {
                frozen.layers[convolution] = {};
            }
            ++convolution;
        }
    }
    return hashOf(frozen.layers);
}

std::unique_ptr<StoredViews> TrainLoop::storedForJudging(Split split, const std::vector<int>& boundaries,
                                                         const Network& network, const FrozenPrefix& prefix,
                                                         TrainStage stage, bool& isStopped)
{
    bool isFound = true;
    const StoredViews::FillCallbacks callbacks{[&](const Batch& batch, int step, int steps) {
                                                   isFound = false;
                                                   noteFailures(batch);
                                                   report(stage, step, steps);
                                               },
                                               [](const std::function<void()>& write) { write(); }};
    const auto started = Clock::now();
    std::unique_ptr<StoredViews> stored;
    try {
        stored = bankFor(split, StoredViews::Purpose::Judging);
        isStopped =
            !stored->fill(0, boundaries, network, prefix, loaderFor(network), m_parts, callbacks, m_stop);
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
        m_meter.skip(m_state, stage);
    }
    m_state.waitedSeconds += stored ? stored->waitedSeconds() : 0;
    m_state.totalSeconds += secondsSince(started);
    return isStopped ? nullptr : std::move(stored);
}

bool TrainLoop::keepFeatures()
{
    m_storedValidation.reset();
    if (!m_recipe.keepValidationFeatures || m_validationItems.empty() || m_prefix->boundary() <= 1) {
        return true;
    }
    std::vector<int> boundaries =
        boundariesOfOnePass(m_recipe.phases, static_cast<std::size_t>(m_state.phase) - 1);
    std::erase_if(boundaries, [](int boundary) { return boundary <= 1; });
    bool isStopped = false;
    m_storedValidation = storedForJudging(Split::Validation, boundaries, m_network, *m_prefix,
                                          TrainStage::Preparing, isStopped);
    return !isStopped;
}

std::optional<Score> TrainLoop::validate()
{
    ScoreSum sum;
    int step = 0;
    const int steps = stepsFor(m_validationItems.size());
    const auto each = [&](const Batch& batch, const at::Tensor& logits) {
        noteFailures(batch);
        sum.add(logits, batch.labels);
        report(TrainStage::Validating, ++step, steps);
    };
    const int boundary = m_prefix->boundary();
    bool done = true;
    if (m_storedValidation) {
        done = m_storedValidation->forEachLogits(
            m_network, boundary, m_parts,
            [&](const at::Tensor& logits, const std::vector<int>& labels) {
                sum.add(logits, labels);
                report(TrainStage::Validating, ++step, steps);
            },
            m_stop);
    } else if (!m_validationItems.empty()) {
        done = forEachLogits(m_network, *m_prefix, m_validationItems, loaderFor(m_network), m_parts, each,
                             m_stop, &m_state.waitedSeconds);
    }
    return done ? std::optional(sum.score()) : std::nullopt;
}

bool TrainLoop::finishEpoch()
{
    auto started = Clock::now();
    std::optional<Score> validation;
    // Judged, and kept where they are the best, are the averages.
    std::optional<AverageInPlace> average(std::in_place, m_average.get());
    const bool isValidated = readAll([&] {
        started = Clock::now();
        validation = validate();
        return validation.has_value();
    });
    if (!isValidated) {
        return false;
    }
    // Else the mean over no pictures, zero, would be the best loss there is.
    if (m_state.images == 0 || (validation->images == 0 && !m_validationItems.empty())) {
        throw Error(ErrorCode::DatasetInvalid, m_dataset.root,
                    std::string("none of its ") + (m_state.images == 0 ? "training" : "validation") +
                        " pictures can be read any more",
                    "put them back and resume");
    }
    const double seconds = secondsSince(started);
    m_state.epochSeconds += seconds;
    m_state.totalSeconds += seconds;
    requireFiniteWeights();
    if (validation->images > 0 && !std::isfinite(validation->loss)) {
        throwDiverged("the validation loss");
    }
    m_isLastProven = true;

    EpochMetrics metrics;
    metrics.phase = m_state.phase;
    metrics.epoch = m_state.epoch;
    const auto images = static_cast<double>(std::max<std::int64_t>(1, m_state.images));
    metrics.loss = m_state.lossSum / images;
    metrics.accuracy = static_cast<double>(m_state.correct) / images;
    metrics.valLoss = validation->loss;
    metrics.valAccuracy = validation->accuracy;
    metrics.learningRate = learningRateAt(stepsFor(m_trainItems.size()) - 1);
    metrics.seconds = m_state.epochSeconds;
    metrics.imagesPerSecond = m_state.trainingSeconds > 0 ? images / m_state.trainingSeconds : 0;
    m_state.history.push_back(metrics);

    BestEpoch& best = m_state.best.back();
    const double judged = validation->images > 0 ? metrics.valLoss : metrics.loss;
    const bool isBest = judged < best.valLoss;
    if (isBest) {
        best = {m_state.phase, m_state.epoch, judged, metrics.valAccuracy};
        save([&] { writeBest(best); });
    }
    average.reset();
    ++m_state.epoch;
    m_state.step = 0;
    m_state.lossSum = 0;
    m_state.correct = 0;
    m_state.images = 0;
    m_state.epochSeconds = 0;
    m_state.trainingSeconds = 0;

    save([&] { writeHistory(m_files.history(), m_state.history); });
    m_record.best = m_state.best;
    m_record.trainedSeconds = m_state.totalSeconds;
    m_record.networkWaitShare =
        m_state.totalSeconds > 0 ? std::min(1.0, m_state.waitedSeconds / m_state.totalSeconds) : 0;
    save([&] { writeRunRecord(m_files.record(), m_record); });
    m_observer.epochDone(metrics, isBest);
    // With each best one, so that no run goes on from a time that does not know of the weights in that file.
    if (isBest || m_checkpoints.isDueAtEpochEnd()) {
        checkpoint();
        m_isLastProven = validation->images > 0 && !m_average;
    }
    return true;
}

bool TrainLoop::test()
{
    Split split = Split::Test;
    std::vector<LoadItem> items = itemsOf(Split::Test);
    if (items.empty()) {
        split = Split::Validation;
        items = m_validationItems;
    }
    if (items.empty()) {
        return true;
    }
    m_prefix.reset(); // two of them would be the most memory of the whole run
    const int lastPhase = static_cast<int>(m_recipe.phases.size());
    const Network best(readModelWeights(m_files.phase(lastPhase)), m_network.device());
    const int boundary = m_recipe.phases.back().freezePlan().firstTrainableConvolution();
    const FrozenPrefix prefix(best, boundary, m_frozenType);
    ScoreSum sum;
    int step = 0;
    const int steps = stepsFor(items.size());
    bool done = true;
    std::unique_ptr<StoredViews> stored;
    if (m_usesViews) {
        bool isStopped = false;
        stored = storedForJudging(split, {boundary}, best, prefix, TrainStage::Testing, isStopped);
        done = !isStopped;
    }
    const auto started = Clock::now();
    if (stored) {
        done = stored->forEachLogits(
            best, boundary, m_parts,
            [&](const at::Tensor& logits, const std::vector<int>& labels) { sum.add(logits, labels); },
            m_stop);
    } else if (done) {
        done = forEachLogits(
            best, prefix, items, loaderFor(best), m_parts,
            [&](const Batch& batch, const at::Tensor& logits) {
                noteFailures(batch);
                sum.add(logits, batch.labels);
                report(TrainStage::Testing, ++step, steps);
            },
            m_stop, &m_state.waitedSeconds);
    }
    m_state.totalSeconds += secondsSince(started);
    m_record.trainedSeconds = m_state.totalSeconds;
    if (done) {
        m_record.test = TestResult{nameOf(split), sum.score(), lastPhase};
    }
    return done;
}

} // namespace thaw

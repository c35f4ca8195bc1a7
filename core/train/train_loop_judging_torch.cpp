#include "core/base/error.h"
#include "core/run/run_store.h"
#include "core/train/picture_losses.h"
#include "core/train/train_loop_torch.h"
#include "core/train/view_schedule.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

// How the loop judges what it has trained: validation, the end of an epoch, the test.
namespace thaw {

namespace {

/// Sums a score over batches, weighted by their size.
struct ScoreSum
{
    double loss = 0;
    std::int64_t correct = 0;
    std::int64_t images = 0;
    std::vector<std::size_t> byClass;

    explicit ScoreSum(std::size_t classes) : byClass(classes) {}

    void add(const at::Tensor& logits, const std::vector<int>& labels)
    {
        if (labels.empty()) {
            return;
        }
        for (const int label : labels) {
            ++byClass[static_cast<std::size_t>(label)];
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
    ScoreSum sum(m_dataset.classes.size());
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

    // Some of the pictures have gone since the best epoch, or are back: compared are losses over the same.
    if (const BestEpoch& best = m_state.best.back(); best.epoch > 0 && best.images > 0 &&
                                                     best.images != validation->images &&
                                                     !readAll([this] { return measureBestAgain(); }))
    {
        m_state.history.pop_back();
        return false;
    }
    BestEpoch& best = m_state.best.back();
    const double judged = validation->images > 0 ? metrics.valLoss : metrics.loss;
    const bool isBest = judged < best.valLoss;
    if (isBest) {
        best = {m_state.phase, m_state.epoch, judged, metrics.valAccuracy, validation->images, false};
        save([&] { writeBest(best); });
    }
    average.reset();
    ++m_state.epoch;
    m_state.beginEpoch();

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

bool TrainLoop::measureBestAgain()
{
    std::vector<BestEpoch> again = m_state.best;
    for (BestEpoch& best : again) {
        if (best.epoch == 0) {
            continue;
        }
        best.measuredAgain = true;
        if (m_validationItems.empty()) {
            // From now on training losses decide.
            const auto row =
                std::find_if(m_state.history.begin(), m_state.history.end(), [&](const auto& each) {
                    return each.phase == best.phase && each.epoch == best.epoch;
                });
            if (row != m_state.history.end()) {
                best.valLoss = row->loss;
                best.valAccuracy = std::numeric_limits<double>::quiet_NaN();
                best.images = 0;
            }
            continue;
        }
        ModelWeights weights;
        try {
            weights = readModelWeights(m_files.phase(best.phase));
        } catch (const Error& error) {
            m_observer.messageGiven(MessageLevel::Warning,
                                    "The best weights of phase " + std::to_string(best.phase) +
                                        " cannot be measured on the pictures there are now: " + error.what());
            best.measuredAgain = false;
            if (best.phase == m_state.phase) {
                best = BestEpoch{best.phase}; // what comes could not be compared with it
            }
            continue;
        }
        const Network kept(weights, m_network.device());
        const PhaseRecipe& trained = m_recipe.phases[static_cast<std::size_t>(best.phase) - 1];
        const FrozenPrefix prefix(kept, trained.freezePlan().firstTrainableConvolution(), m_frozenType);
        ScoreSum sum(m_dataset.classes.size());
        const auto each = [&](const Batch& batch, const at::Tensor& logits) {
            noteFailures(batch);
            sum.add(logits, batch.labels);
        };
        if (!forEachLogits(kept, prefix, m_validationItems, loaderFor(kept), m_parts, each, m_stop,
                           &m_state.waitedSeconds))
        {
            return false;
        }
        if (sum.images == 0) {
            best.measuredAgain = false;
            continue; // which the next validation finds too
        }
        const Score score = sum.score();
        best.valLoss = std::isfinite(score.loss) ? score.loss : std::numeric_limits<double>::infinity();
        best.valAccuracy = score.accuracy;
        best.images = score.images;
        m_observer.messageGiven(MessageLevel::Info,
                                "The best epoch of phase " + std::to_string(best.phase) +
                                    " was chosen on other validation pictures and is measured again on the " +
                                    std::to_string(best.images) + " there are.");
    }
    m_state.best = std::move(again);
    m_record.best = m_state.best;
    return true;
}

void TrainLoop::noteTested(Split split, std::size_t images, const Score& score,
                           const std::vector<std::size_t>& byClass, int phase)
{
    TestResult result{nameOf(split), score, phase, images, {}};
    for (std::size_t label = 0; label < byClass.size(); ++label) {
        if (byClass[label] == 0) {
            result.unmeasured.push_back(m_dataset.classes[label]);
        }
    }
    if (static_cast<std::size_t>(score.images) < images) {
        m_observer.messageGiven(MessageLevel::Warning, "Only " + std::to_string(score.images) + " of " +
                                                           std::to_string(images) + ' ' + result.split +
                                                           " pictures could be measured.");
    }
    if (!result.unmeasured.empty()) {
        m_observer.messageGiven(MessageLevel::Warning,
                                "The " + result.split + " result is over " +
                                    std::to_string(byClass.size() - result.unmeasured.size()) + " of " +
                                    std::to_string(byClass.size()) + " classes: no picture of " +
                                    someOf(result.unmeasured) + " was measured.");
    }
    m_record.test = std::move(result);
}

bool TrainLoop::test(int phase)
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
    const Network best(readModelWeights(m_files.phase(phase)), m_network.device());
    const PhaseRecipe& trained = m_recipe.phases[static_cast<std::size_t>(phase) - 1];
    const int boundary = trained.freezePlan().firstTrainableConvolution();
    const FrozenPrefix prefix(best, boundary, m_frozenType);
    ScoreSum sum(m_dataset.classes.size());
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
        m_lostTest = sum.images == 0;
        noteTested(split, items.size(), sum.score(), sum.byClass, phase);
    }
    return done;
}

} // namespace thaw

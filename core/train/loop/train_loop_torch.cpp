#include "core/train/loop/train_loop_torch.h"

#include "core/base/error.h"
#include "core/compute/cuda_driver.h"
#include "core/train/checkpoint/patient_write.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string_view>
#include <utility>

namespace thaw {

namespace {

/// Bytes of a device that stored views may take: most of what is free, training needs the rest.
std::uint64_t roomForViews(c10::Device device)
{
    constexpr double share = 0.6;
    return device.is_cuda()
               ? static_cast<std::uint64_t>(share * static_cast<double>(freeCudaMemory(device.index())))
               : 0;
}

} // namespace

TrainLoop::TrainLoop(const RunSetup& setup, std::optional<ResumePoint> from)
    : m_plan(setup.plan)
    , m_dataset(setup.dataset)
    , m_record(setup.record)
    , m_observer(setup.observer)
    , m_saving(setup.saving)
    , m_stop(setup.stop)
    , m_network(setup.base, setup.plan.head, c10::Device(setup.plan.recipe.device))
    , m_pictures(picturesOf(setup.dataset))
    , m_parts("the memory of " + setup.record.machine,
              [this](std::int64_t count, std::int64_t part) { noteMicroBatch(count, part); })
    , m_reporter(setup.plan, setup.speed, setup.record, setup.observer)
    , m_scope{m_plan,  m_pictures, setup.dataset.classes, setup.base.hash, m_saving, m_stop, m_reporter,
              m_parts, m_state}
    , m_writer(setup.files, setup.lock, setup.record, m_saving, setup.observer, setup.stop)
    , m_evaluator(m_scope)
{
    m_network.initialiseHead(m_plan.recipe.seed, m_plan.recipe.outputInitializer);
    if (from) {
        restore(from->checkpoint, *from);
        m_from = std::move(from->checkpoint);
    } else if (setup.head) {
        m_network.loadHead(*setup.head);
    }
}

void TrainLoop::restore(const Checkpoint& checkpoint, const ResumePoint& from)
{
    m_state = checkpoint.state;
    const bool isNoted = !m_state.trainPictures.empty();
    m_mustMeasureAgain =
        isNoted ? m_state.validationPictures != m_pictures.validation.fingerprint : from.hadOtherPictures;
    const bool trainsOnOthers =
        isNoted ? m_state.trainPictures != m_pictures.train.fingerprint : from.hadOtherPictures;
    const std::int64_t steps = m_state.steps > 0 ? m_state.steps : m_plan.stepsFor(from.trainImages);
    if (trainsOnOthers && m_state.step >= steps) {
        m_state.step = m_plan.stepsPerEpoch; // the epoch's training is done
    } else if (trainsOnOthers && m_state.step > 0) {
        m_restartsEpoch = true;
    } else if (m_state.step > m_plan.stepsPerEpoch) {
        throw Error(ErrorCode::RunInvalid, m_writer.files().last(),
                    "the checkpoint's position makes no sense: step " + std::to_string(m_state.step) +
                        " of " + std::to_string(m_plan.stepsPerEpoch));
    }
    m_parts.limitTo(m_state.partSize);
    restoreParameters(trainedSoFar(), checkpoint.weights);
}

RunState TrainLoop::run()
{
    m_reporter.start(m_state);
    if (!takePresentPictures()) {
        return RunState::Stopped; // the checkpoint that there is still says what is to be done
    }
    if (m_state.history.empty() && m_state.step == 0) {
        checkpoint(); // from the first moment on there is something to go on from
    }
    const int phases = static_cast<int>(m_plan.phases.size());
    while (m_state.phase <= phases) {
        if (!runPhase()) {
            checkpoint();
            return RunState::Stopped;
        }
    }
    if (!testBest(phases)) {
        checkpoint();
        return RunState::Stopped;
    }
    return RunState::Finished;
}

RunState TrainLoop::finish()
{
    m_reporter.start(m_state);
    if (!takePresentPictures()) {
        return RunState::Stopped;
    }
    const auto kept = std::find_if(m_state.best.rbegin(), m_state.best.rend(),
                                   [](const BestEpoch& best) { return best.epoch > 0; });
    if (kept == m_state.best.rend()) {
        throw Error(ErrorCode::RunInvalid, m_writer.files().folder,
                    "there are no best weights to finish the run with", "go on with it first",
                    Remedy::ResumeRun);
    }
    // No checkpoint here: the one that there is holds the optimizer of the phase, which was not entered.
    if (!testBest(kept->phase)) {
        return RunState::Stopped;
    }
    m_record.finishedEarly = m_state.phase <= static_cast<int>(m_plan.phases.size());
    return RunState::Finished;
}

bool TrainLoop::runPhase()
{
    enterPhase();
    const bool isReady =
        readAll([this] { return m_evaluator.enterPhase(phase(), m_network, m_trainer->prefix()); });
    if (!isReady) {
        return false;
    }
    while (m_state.epoch <= phase().settings.epochs && !m_trainer->isEnded()) {
        if (!readAll([this] { return trainEpoch(); }) || !finishEpoch()) {
            return false;
        }
    }
    leavePhase();
    checkpoint();
    return true;
}

void TrainLoop::enterPhase()
{
    const PhasePlan& phase = this->phase();
    const std::optional<Checkpoint> from = std::exchange(m_from, std::nullopt);
    StoredViews* const views = phase.usesStoredViews() ? &openViews() : nullptr;
    m_trainer = std::make_unique<PhaseTrainer>(m_scope, phase, m_network, views, from ? &*from : nullptr);
    if (static_cast<int>(m_state.best.size()) < m_state.phase) {
        BestEpoch none;
        none.phase = m_state.phase;
        m_state.best.push_back(none);
    }
}

void TrainLoop::leavePhase()
{
    if (WeightAverage* average = m_trainer->average()) {
        average->swap(); // the phase leaves the averages behind
    }
    m_trainer.reset(); // two frozen parts would be the most memory of the whole run
    m_state.rules.clear();
    m_state.optimizerSteps.reset();
    const bool restoresBest = phase().settings.earlyStopping.patience > 0;
    ++m_state.phase;
    m_state.epoch = 1;
    const bool isLast = m_state.phase > static_cast<int>(m_plan.phases.size());
    if (isLast || (!restoresBest && phase().settings.startFrom != StartFrom::Best)) {
        return;
    }
    const ModelWeights best = readModelWeights(m_writer.files().phase(m_state.phase - 1));
    const Network source(best, m_network.device());
    const at::NoGradGuard guard;
    const std::vector<NamedParameter> from = source.parameters();
    const std::vector<NamedParameter> to = m_network.parameters();
    for (std::size_t i = 0; i < to.size(); ++i) {
        to[i].tensor.copy_(from[i].tensor);
    }
}

bool TrainLoop::trainEpoch()
{
    return m_trainer->trainEpoch([this](const std::optional<StepResult>& result) {
        if (result && !result->culprit.empty()) {
            throwDiverged(result->culprit);
        }
        if (result) {
            m_writer.checkpointIsProven();
        }
        m_reporter.progress(m_state, TrainStage::Training, static_cast<int>(m_state.step),
                            m_plan.stepsPerEpoch);
        if (m_writer.isCheckpointDueWithinEpoch()) {
            checkpoint();
        }
    });
}

bool TrainLoop::finishEpoch()
{
    Stopwatch watch;
    std::optional<Measured> validation;
    // Measured, and kept where they are the best, are the averages.
    std::optional<AverageInPlace> average(std::in_place, m_trainer->average());
    const bool isValidated = readAll([&] {
        watch = {};
        validation = m_evaluator.validate(m_network, m_trainer->prefix());
        return validation.has_value();
    });
    if (!isValidated) {
        return false;
    }
    const Score& score = validation->score;
    // Else the mean over no pictures, zero, would be the best loss there is.
    if (m_state.images == 0 || (score.images == 0 && m_plan.counts.validation > 0)) {
        throw Error(ErrorCode::DatasetInvalid, m_dataset.root,
                    std::string("none of its ") + (m_state.images == 0 ? "training" : "validation") +
                        " pictures can be read any more",
                    "put them back and resume");
    }
    const double seconds = watch.seconds();
    m_state.epochSeconds += seconds;
    m_state.totalSeconds += seconds;
    requireFiniteWeights();
    if (score.images > 0 && !std::isfinite(score.loss)) {
        throwDiverged("the validation loss");
    }
    m_writer.checkpointIsProven();

    const EpochMetrics metrics = metricsOf(score);
    m_state.history.push_back(metrics);
    // Some of the pictures have gone since the best epoch, or are back: compared are losses over the same.
    if (const BestEpoch& best = m_state.best.back(); best.epoch > 0 && best.images > 0 &&
                                                     best.images != score.images &&
                                                     !readAll([this] { return measureBestEpochsAgain(); }))
    {
        m_state.history.pop_back();
        return false;
    }
    const bool isBest = keepIfBest(metrics, score);
    m_trainer->epochEnded(score.images > 0 ? metrics.valLoss : metrics.loss);
    sayWhereEndedEarly();
    average.reset();
    ++m_state.epoch;
    m_state.beginEpoch();

    m_writer.history(m_state.history);
    m_record.best = m_state.best;
    m_record.trainedSeconds = m_state.totalSeconds;
    m_record.networkWaitShare =
        m_state.totalSeconds > 0 ? std::min(1.0, m_state.waitedSeconds / m_state.totalSeconds) : 0;
    m_writer.record();
    m_observer.epochDone(metrics, isBest);
    // With each best one, so that no run goes on from a time that does not know of the weights in that file.
    if (isBest || m_writer.isCheckpointDueAtEpochEnd()) {
        checkpoint();
        if (score.images > 0 && !m_trainer->average()) {
            m_writer.checkpointIsProven();
        }
    }
    return true;
}

EpochMetrics TrainLoop::metricsOf(const Score& validation) const
{
    const auto images = static_cast<double>(std::max<std::int64_t>(1, m_state.images));
    EpochMetrics metrics;
    metrics.phase = m_state.phase;
    metrics.epoch = m_state.epoch;
    metrics.loss = m_state.lossSum / images;
    metrics.accuracy = static_cast<double>(m_state.correct) / images;
    metrics.valLoss = validation.loss;
    metrics.valAccuracy = validation.accuracy;
    metrics.learningRate = m_trainer->learningRateAt(m_plan.stepsPerEpoch - 1);
    metrics.seconds = m_state.epochSeconds;
    metrics.imagesPerSecond = m_state.trainingSeconds > 0 ? images / m_state.trainingSeconds : 0;
    return metrics;
}

void TrainLoop::sayWhereEndedEarly()
{
    if (m_trainer->isEnded() && m_state.epoch < phase().settings.epochs) {
        m_reporter.tell(NoticeCode::PhaseEndedEarly,
                        {std::int64_t(m_state.phase), std::int64_t(m_state.epoch),
                         std::int64_t(phase().settings.earlyStopping.patience)});
    }
}

bool TrainLoop::keepIfBest(const EpochMetrics& metrics, const Score& validation)
{
    BestEpoch& best = m_state.best.back();
    const double loss = validation.images > 0 ? metrics.valLoss : metrics.loss;
    if (!(loss < best.valLoss)) {
        return false;
    }
    best = {m_state.phase, m_state.epoch, loss, metrics.valAccuracy, validation.images, false};
    best.contentHash = m_writer.best(best.phase, currentModel());
    m_record.best = m_state.best; // at once: the run may end before the next write, and the file is there
    return true;
}

bool TrainLoop::takePresentPictures()
{
    if (std::exchange(m_restartsEpoch, false)) {
        m_state.beginEpoch();
        m_reporter.tell(NoticeCode::EpochBegunAnew,
                        {std::int64_t(m_state.epoch), std::int64_t(m_state.phase)});
    }
    m_state.trainPictures = m_pictures.train.fingerprint;
    m_state.steps = m_plan.stepsPerEpoch;
    if (m_mustMeasureAgain && !readAll([this] { return measureBestEpochsAgain(); })) {
        return false;
    }
    m_mustMeasureAgain = false;
    m_state.validationPictures = m_pictures.validation.fingerprint;
    return true;
}

bool TrainLoop::measureBestEpochsAgain()
{
    std::optional<std::vector<BestEpoch>> again =
        measureBestAgain(m_scope, m_evaluator, m_writer.files(), m_network.device());
    if (!again) {
        return false;
    }
    m_state.best = std::move(*again);
    m_record.best = m_state.best;
    if (m_trainer) {
        m_trainer->bestMeasuredAgain(m_state.best.back().valLoss);
    }
    return true;
}

bool TrainLoop::testBest(int phase)
{
    if (!m_plan.testedSplit) {
        return true;
    }
    std::optional<Measured> measured;
    const bool isDone = readAll([&] {
        measured = m_evaluator.test(m_plan.phase(phase), m_writer.files().phase(phase), m_network.device());
        return measured.has_value();
    });
    m_record.trainedSeconds = m_state.totalSeconds;
    if (!isDone) {
        return false;
    }
    // A mean over no pictures, zero, would be taken for a result.
    if (measured->score.images == 0) {
        throw Error(ErrorCode::DatasetInvalid, m_dataset.root,
                    "none of the pictures to test with can be read any more", "put them back and resume");
    }
    m_record.test = testResultOf(m_scope, *measured, phase);
    m_writer.evaluation(evaluationOf(m_scope, m_dataset, m_record, std::move(*measured)), m_dataset);
    return true;
}

StoredViews& TrainLoop::openViews()
{
    if (!m_views) {
        m_views = std::make_unique<StoredViews>(m_saving, m_plan, StoredViews::Purpose::Training, m_network,
                                                frozenHash(phase(), m_network, m_scope.importedHash),
                                                m_pictures.train, roomForViews(m_network.device()));
        const std::string key = m_views->folder().filename();
        if (!m_record.featureBank.empty() && m_record.featureBank != key) {
            m_reporter.tell(NoticeCode::ViewsDoNotFit);
        }
        m_record.featureBank = key;
    }
    return *m_views;
}

ModelWeights TrainLoop::currentModel() const
{
    ModelWeights model;
    model.base = m_network.copyBase();
    constexpr std::string_view tuned = ", fine-tuned by Thaw";
    if (model.base.hash != m_scope.importedHash && !model.base.source.ends_with(tuned)) {
        model.base.source += tuned;
    }
    model.head = m_network.copyHead();
    model.headSpec = m_network.headSpec();
    model.transform = m_plan.recipe.transform();
    model.classes = m_dataset.classes;
    model.recipeJson = formatRecipe(m_plan.recipe);
    model.phase = m_state.phase;
    return model;
}

void TrainLoop::checkpoint()
{
    requireFiniteWeights();
    CheckpointTensors tensors{m_scope.importedHash, trainedSoFar()};
    m_state.averagedSteps = 0;
    if (m_trainer) {
        tensors.optimizer = &m_trainer->optimizer();
        tensors.average = m_trainer->average();
        m_state.optimizerSteps = tensors.optimizer->steps();
        m_state.averagedSteps = tensors.average ? tensors.average->steps() : 0;
    }
    m_writer.checkpoint(m_state, tensors);
}

bool TrainLoop::readAll(const std::function<bool()>& pass)
{
    return readPatiently(pass, m_observer, m_stop, m_saving.retryAfter);
}

void TrainLoop::noteMicroBatch(std::int64_t count, std::int64_t part)
{
    m_state.partSize = part;
    m_reporter.tell(NoticeCode::MicroBatch, {m_record.machine, count, part});
}

void TrainLoop::requireFiniteWeights()
{
    if (const std::string culprit = firstNotFinite(trainedSoFar()); !culprit.empty()) {
        throwDiverged(culprit);
    }
}

void TrainLoop::throwDiverged(const std::string& culprit)
{
    m_writer.fallBack();
    const PhasePlan& phase = this->phase();
    char rate[32];
    std::snprintf(rate, sizeof rate, "%g", phase.settings.learningRate);
    throw Error(
        ErrorCode::TrainingDiverged, {},
        "the loss is no longer a finite number in phase " + std::to_string(phase.number) + ", epoch " +
            std::to_string(m_state.epoch) + " (first to go: " + culprit + ")",
        std::string("try a lower learning rate than ") + rate +
            ": the run can go on with a tenth of it from the last good checkpoint; or begin a new run",
        Remedy::LowerRate);
}

} // namespace thaw

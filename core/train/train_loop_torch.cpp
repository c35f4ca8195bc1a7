#include "core/train/train_loop_torch.h"

#include "core/base/error.h"
#include "core/base/random.h"
#include "core/run/run_store.h"
#include "core/train/cuda_driver.h"
#include "core/train/patient_write.h"
#include "core/train/precision_torch.h"
#include "core/train/train_step_torch.h"
#include "core/train/view_schedule.h"

#include <algorithm>
#include <set>
#include <span>
#include <string>
#include <utility>

namespace thaw {

namespace {

// What a random stream is for, so that no two draw the same numbers.
constexpr std::uint64_t orderStream = 1;
constexpr std::uint64_t dropoutStream = 2;

/// A multiplier for each input of the dropout layer: 0 with probability `rate`, else 1 / (1 − rate).
at::Tensor dropoutScale(std::int64_t count, std::int64_t units, double rate, std::uint64_t key,
                        c10::Device device)
{
    const at::Tensor scale = hostTensor({count, units}, at::kFloat, device);
    float* values = scale.data_ptr<float>();
    RandomStream random(key);
    const auto kept = static_cast<float>(1 / (1 - rate));
    std::generate(values, values + scale.numel(), [&] { return random.uniform() < rate ? 0.0f : kept; });
    return toDevice(scale, device);
}

/// Bytes of a device that stored views may take: most of what is free, training needs the rest.
std::uint64_t roomForViews(c10::Device device)
{
    constexpr double share = 0.6;
    return device.is_cuda()
               ? static_cast<std::uint64_t>(share * static_cast<double>(freeCudaMemory(device.index())))
               : 0;
}

} // namespace

TrainLoop::TrainLoop(const Recipe& recipe, const DatasetIndex& dataset, const BaseWeights& base,
                     RunRecord& record, RunFiles files, TrainObserver& observer, std::stop_token stop,
                     const SaveOptions& saving)
    : m_recipe(recipe)
    , m_dataset(dataset)
    , m_record(record)
    , m_files(std::move(files))
    , m_observer(observer)
    , m_stop(std::move(stop))
    , m_baseHash(base.hash)
    , m_network(base, headSpecOf(recipe, dataset, base.backbone()), c10::Device(recipe.device))
    , m_frozenType(scalarTypeOf(recipe.precision))
    , m_trainedType(scalarTypeOf(recipe.trainedPrecision))
    , m_trainItems(itemsOf(Split::Train))
    , m_validationItems(itemsOf(Split::Validation))
    , m_trainPictures(picturesOf(Split::Train))
    , m_validationPictures(picturesOf(Split::Validation))
    , m_parts("the memory of " + record.machine,
              [this](std::int64_t count, std::int64_t part) { notePartSize(count, part); })
    , m_meter(meterFor({}))
    , m_saving(saving)
    , m_checkpoints(saving)
{
    m_network.initialiseHead(recipe.seed, recipe.outputInitializer);
    for (const ExcludedImage& image : record.excluded) {
        m_leftOut.emplace(image.path, image.reason);
    }
}

HeadSpec TrainLoop::headSpecOf(const Recipe& recipe, const DatasetIndex& dataset,
                               const BackboneSpec& backbone)
{
    return {recipe.head, static_cast<int>(dataset.classes.size()), recipe.dropout,
            featureSide(recipe.inputSize), backbone.channels.back()};
}

void TrainLoop::startWithHead(const HeadWeights& head)
{
    m_network.loadHead(head);
}

void TrainLoop::restore(const Checkpoint& checkpoint, const CheckpointPictures& former)
{
    m_state = checkpoint.state;
    const bool isNoted = !m_state.trainPictures.empty();
    m_mustMeasureAgain = isNoted ? m_state.validationPictures != m_validationPictures : former.areOthers;
    const bool trainsOnOthers = isNoted ? m_state.trainPictures != m_trainPictures : former.areOthers;
    const std::int64_t steps = m_state.steps > 0 ? m_state.steps : stepsFor(former.trainImages);
    if (trainsOnOthers && m_state.step >= steps) {
        m_state.step = stepsFor(m_trainItems.size()); // the epoch's training is done
    } else if (trainsOnOthers && m_state.step > 0) {
        m_restartsEpoch = true;
    } else if (m_state.step > stepsFor(m_trainItems.size())) {
        throw Error(ErrorCode::RunInvalid, m_files.last(),
                    "the checkpoint's position makes no sense: step " + std::to_string(m_state.step) +
                        " of " + std::to_string(stepsFor(m_trainItems.size())));
    }
    m_parts.limitTo(m_state.partSize);
    restoreParameters(trainedSoFar(), checkpoint.weights);
    m_restoredVelocities = checkpoint.velocities;
    m_restoredAverages = checkpoint.averages;
}

void TrainLoop::expectSpeed(const ComputeSpeed& speed)
{
    m_meter = meterFor(speed);
}

ProgressMeter TrainLoop::meterFor(const ComputeSpeed& speed) const
{
    return {m_recipe,
            {m_trainItems.size(), m_validationItems.size(), itemsOf(Split::Test).size()},
            static_cast<int>(m_dataset.classes.size()),
            speed};
}

RunState TrainLoop::run()
{
    m_meter.start(m_state);
    if (!takePresentPictures()) {
        return RunState::Stopped; // the checkpoint that there is still says what is to be done
    }
    if (m_state.history.empty() && m_state.step == 0) {
        // From the first moment on there is something to go on from.
        checkpoint();
    }
    const int phases = static_cast<int>(m_recipe.phases.size());
    while (m_state.phase <= phases) {
        if (!runPhase()) {
            checkpoint();
            return RunState::Stopped;
        }
    }
    if (!testPatiently(phases)) {
        checkpoint();
        return RunState::Stopped;
    }
    return RunState::Finished;
}

RunState TrainLoop::finish()
{
    m_meter.start(m_state);
    if (!takePresentPictures()) {
        return RunState::Stopped;
    }
    const auto kept = std::find_if(m_state.best.rbegin(), m_state.best.rend(),
                                   [](const BestEpoch& best) { return best.epoch > 0; });
    if (kept == m_state.best.rend()) {
        throw Error(ErrorCode::RunInvalid, m_files.folder, "there are no best weights to finish the run with",
                    "go on with it: thaw-cli train --resume RUN");
    }
    const int phase = kept->phase;
    // No checkpoint here: the one that there is holds the optimizer of the phase, which was not entered.
    if (!testPatiently(phase)) {
        return RunState::Stopped;
    }
    m_record.finishedEarly = m_state.phase <= static_cast<int>(m_recipe.phases.size());
    return RunState::Finished;
}

bool TrainLoop::testPatiently(int phase)
{
    if (!readAll([this, phase] { return test(phase); })) {
        return false;
    }
    // A mean over no pictures, zero, would be taken for a result.
    if (m_lostTest) {
        m_record.test.reset();
        throw Error(ErrorCode::DatasetInvalid, m_dataset.root,
                    "none of the pictures to test with can be read any more", "put them back and resume");
    }
    return true;
}

bool TrainLoop::takePresentPictures()
{
    if (std::exchange(m_restartsEpoch, false)) {
        m_state.beginEpoch();
        m_observer.messageGiven(MessageLevel::Info,
                                "Epoch " + std::to_string(m_state.epoch) + " of phase " +
                                    std::to_string(m_state.phase) +
                                    " begins anew, with the pictures that there are now.");
    }
    m_state.trainPictures = m_trainPictures;
    m_state.steps = stepsFor(m_trainItems.size());
    if (m_mustMeasureAgain && !readAll([this] { return measureBestAgain(); })) {
        return false;
    }
    m_mustMeasureAgain = false;
    m_state.validationPictures = m_validationPictures;
    return true;
}

double TrainLoop::secondsSince(Clock::time_point start)
{
    return std::chrono::duration<double>(Clock::now() - start).count();
}

int TrainLoop::stepsFor(std::size_t items) const
{
    const auto batchSize = static_cast<std::size_t>(m_recipe.batchSize);
    return static_cast<int>((items + batchSize - 1) / batchSize);
}

std::int64_t TrainLoop::stepsBefore(std::int64_t step) const
{
    return std::int64_t(m_state.epoch - 1) * stepsFor(m_trainItems.size()) + step;
}

double TrainLoop::learningRateAt(std::int64_t step) const
{
    const double steps = static_cast<double>(stepsFor(m_trainItems.size())) * phase().epochs;
    return phase().learningRateAt(static_cast<double>(stepsBefore(step)) / std::max(1.0, steps));
}

int TrainLoop::epochOfRun() const
{
    int epoch = m_state.epoch;
    for (int i = 0; i < m_state.phase - 1; ++i) {
        epoch += m_recipe.phases[static_cast<std::size_t>(i)].epochs;
    }
    return epoch;
}

bool TrainLoop::runPhase()
{
    enterPhase();
    if (!readAll([this] { return keepFeatures(); })) {
        return false;
    }
    while (m_state.epoch <= phase().epochs) {
        if (!readAll([this] { return trainEpoch(); }) || !finishEpoch()) {
            return false;
        }
    }
    ++m_state.phase;
    m_state.epoch = 1;
    m_optimizer.reset();
    if (m_average) {
        m_average->swap();
        m_average.reset();
    }
    if (m_state.phase <= static_cast<int>(m_recipe.phases.size()) && phase().startFrom == StartFrom::Best) {
        const ModelWeights best = readModelWeights(m_files.phase(m_state.phase - 1));
        const Network source(best, m_network.device());
        const at::NoGradGuard guard;
        const std::vector<NamedParameter> from = source.parameters();
        const std::vector<NamedParameter> to = m_network.parameters();
        for (std::size_t i = 0; i < to.size(); ++i) {
            to[i].tensor.copy_(from[i].tensor);
        }
    }
    checkpoint();
    return true;
}

void TrainLoop::enterPhase()
{
    const FreezePlan plan = phase().freezePlan();
    std::vector<NamedParameter> trained = applyFreezePlan(m_network, plan);
    m_prefix = std::make_unique<FrozenPrefix>(m_network, plan.firstTrainableConvolution(), m_frozenType);
    if (phase().emaMomentum > 0) {
        m_average = std::make_unique<WeightAverage>(trained, phase().emaMomentum);
        if (!m_restoredAverages.empty()) {
            m_average->restore(m_restoredAverages, m_state.averagedSteps.value_or(stepsBefore(m_state.step)));
        }
    }
    m_restoredAverages.clear();
    m_optimizer = std::make_unique<KerasRmsprop>(std::move(trained), phase().learningRate);
    if (!m_restoredVelocities.empty()) {
        restoreParameters(m_optimizer->velocities(), m_restoredVelocities);
        m_restoredVelocities.clear();
    }
    m_usesViews = storedViews(m_recipe) > 0 && !m_trainItems.empty() &&
                  !storableBoundaries(m_recipe.phases, static_cast<std::size_t>(m_state.phase) - 1).empty();
    if (m_usesViews && !m_views) {
        m_views = bankFor(Split::Train, StoredViews::Purpose::Training);
        const std::string key = m_views->folder().filename();
        if (!m_record.featureBank.empty() && m_record.featureBank != key) {
            m_observer.messageGiven(
                MessageLevel::Warning,
                "The views that the run stored do not fit any more; new ones are computed.");
        }
        m_record.featureBank = key;
    }
    if (static_cast<int>(m_state.best.size()) < m_state.phase) {
        BestEpoch none;
        none.phase = m_state.phase;
        m_state.best.push_back(none);
    }
}

std::unique_ptr<StoredViews> TrainLoop::bankFor(Split split, StoredViews::Purpose purpose) const
{
    std::vector<std::string> hashes;
    for (const std::size_t index : m_dataset.indicesOf(split)) {
        hashes.push_back(m_dataset.samples[index].contentHash);
    }
    // What is judged is read once an epoch; what trains has the device's memory to itself.
    const std::uint64_t room =
        purpose == StoredViews::Purpose::Training ? roomForViews(m_network.device()) : 0;
    return std::make_unique<StoredViews>(m_saving, m_recipe, purpose, m_network, frozenHash(), itemsOf(split),
                                         hashes, room);
}

bool TrainLoop::fillViews()
{
    if (!m_usesViews) {
        return true;
    }
    const std::vector<int> boundaries =
        storableBoundaries(m_recipe.phases, static_cast<std::size_t>(m_state.phase) - 1);
    StoredViews::FillCallbacks callbacks;
    bool isFound = true;
    callbacks.batchDone = [&](const Batch& batch, int step, int steps) {
        isFound = false;
        noteFailures(batch);
        report(TrainStage::Storing, step, steps);
    };
    callbacks.save = [this](const std::function<void()>& write) {
        writePatiently(write, m_observer, m_stop, m_saving.retryAfter, "the views in the cache folder");
    };
    const std::vector<int> drawn = m_views->viewsIn(epochOfRun());
    const auto started = Clock::now();
    const double waited = m_views->waitedSeconds();
    bool done = true;
    // In the views' order, not the pictures', and only those that the epoch needs.
    for (const int view : std::set<int>(drawn.begin(), drawn.end())) {
        if (done && !m_views->has(view, m_prefix->boundary())) {
            done = m_views->fill(view, boundaries, m_network, *m_prefix, loaderFor(m_network), m_parts,
                                 callbacks, m_stop);
        }
    }
    if (isFound) {
        m_meter.skip(m_state, TrainStage::Storing);
    }
    const double seconds = secondsSince(started);
    m_state.waitedSeconds += m_views->waitedSeconds() - waited;
    m_state.epochSeconds += seconds;
    m_state.totalSeconds += seconds;
    return done;
}

bool TrainLoop::trainEpoch()
{
    const auto items = static_cast<std::uint32_t>(m_trainItems.size());
    const int steps = stepsFor(items);
    if (m_state.step >= steps) {
        return true;
    }
    const auto epochKey = static_cast<std::uint64_t>(epochOfRun());
    const std::vector<std::uint32_t> order =
        permutation(items, mixKey({m_recipe.seed, orderStream, epochKey}));
    return m_usesViews ? fillViews() && trainStored(order, steps) : trainFresh(order, steps);
}

bool TrainLoop::trainFresh(const std::vector<std::uint32_t>& order, int steps)
{
    std::vector<LoadItem> items;
    items.reserve(order.size());
    for (const std::uint32_t index : order) {
        items.push_back(m_trainItems[index]);
    }
    BatchLoaderOptions options = loaderFor(m_network);
    if (!m_recipe.augmentation.isIdentity()) {
        options.augmentation = AugmentationKey{m_recipe.augmentation, m_recipe.seed, epochOfRun()};
    }
    auto last = Clock::now();
    double waited = 0;
    BatchLoader loader(std::move(items), options, static_cast<std::size_t>(m_state.step));
    while (auto batch = loader.next(m_stop)) {
        noteFailures(*batch);
        if (batch->size() > 0) {
            const BatchInputs inputs(*batch, m_recipe.inputSize, m_network);
            trainBatch([&](std::int64_t begin,
                           std::int64_t count) { return m_prefix->forward(inputs.part(begin, count)); },
                       batch->labels);
        }
        m_state.waitedSeconds += loader.waitedSeconds() - waited;
        waited = loader.waitedSeconds();
        finishStep(last, steps);
    }
    return m_state.step >= steps && !m_stop.stop_requested();
}

bool TrainLoop::trainStored(const std::vector<std::uint32_t>& order, int steps)
{
    const std::vector<int> views = m_views->viewsIn(epochOfRun());
    const auto batchSize = static_cast<std::size_t>(m_recipe.batchSize);
    const auto itemsOf = [&](std::int64_t step) {
        const std::size_t first = std::min(static_cast<std::size_t>(step) * batchSize, order.size());
        return std::span(order).subspan(first, std::min(batchSize, order.size() - first));
    };
    auto last = Clock::now();
    while (m_state.step < steps && !m_stop.stop_requested()) {
        const auto asked = Clock::now();
        const StoredViews::Gathered batch =
            m_views->gather(m_prefix->boundary(), itemsOf(m_state.step), views);
        m_views->expect(m_prefix->boundary(), itemsOf(m_state.step + 1), views);
        m_state.waitedSeconds += secondsSince(asked);
        if (!batch.labels.empty()) {
            trainBatch(
                [&](std::int64_t begin, std::int64_t count) {
                    return toDevice(batch.features.narrow(0, begin, count), m_network.device());
                },
                batch.labels);
        }
        finishStep(last, steps);
    }
    return m_state.step >= steps && !m_stop.stop_requested();
}

void TrainLoop::finishStep(Clock::time_point& last, int steps)
{
    ++m_state.step;
    const double seconds = secondsSince(last);
    last = Clock::now();
    m_state.epochSeconds += seconds;
    m_state.trainingSeconds += seconds;
    m_state.totalSeconds += seconds;
    report(TrainStage::Training, static_cast<int>(m_state.step), steps);
    if (m_checkpoints.isDueWithinEpoch()) {
        checkpoint();
    }
}

void TrainLoop::trainBatch(const std::function<at::Tensor(std::int64_t first, std::int64_t count)>& features,
                           const std::vector<int>& labels)
{
    const auto count = static_cast<std::int64_t>(labels.size());
    const at::Tensor targets = hostTensor({count}, at::kLong, m_network.device());
    std::copy(labels.begin(), labels.end(), targets.data_ptr<std::int64_t>());
    at::Tensor scale;
    if (m_recipe.dropout > 0) {
        const auto key = mixKey({m_recipe.seed, dropoutStream, static_cast<std::uint64_t>(epochOfRun()),
                                 static_cast<std::uint64_t>(m_state.step)});
        scale = dropoutScale(count, m_network.dropoutUnits(), m_recipe.dropout, key, m_network.device());
    }
    m_optimizer->setLearningRate(learningRateAt(m_state.step));
    const StepResult result = trainStep(m_network, m_prefix->boundary(), m_trainedType, *m_optimizer,
                                        {features, toDevice(targets, m_network.device()), scale}, m_parts,
                                        m_trainedType == at::kHalf ? &m_state.lossScale : nullptr);
    if (!result.culprit.empty()) {
        throwDiverged(result.culprit);
    }
    if (m_average && result.isTaken) {
        m_average->update();
    }
    m_isLastProven = true;
    m_state.lossSum += result.loss * static_cast<double>(count);
    m_state.correct += result.correct;
    m_state.images += count;
}

} // namespace thaw

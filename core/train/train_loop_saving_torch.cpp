#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/hash.h"
#include "core/run/run_store.h"
#include "core/train/patient_write.h"
#include "core/train/train_loop_torch.h"
#include "core/train/train_step_torch.h"

#include <algorithm>
#include <cstdio>

// What the loop tells, saves and looks up beside training.
namespace thaw {

void TrainLoop::writeBest(const BestEpoch& best)
{
    const std::filesystem::path file = m_files.phase(best.phase);
    writeModelWeights(file, currentModel());
    shareFile(file, m_files.best());
}

void TrainLoop::report(TrainStage stage, int step, int steps)
{
    if (!m_meter.due() && step != steps) {
        return;
    }
    BatchProgress progress;
    progress.stage = stage;
    progress.phases = static_cast<int>(m_recipe.phases.size());
    progress.phase = std::min(m_state.phase, progress.phases);
    progress.epochs = m_recipe.phases[static_cast<std::size_t>(progress.phase - 1)].epochs;
    progress.epoch = std::min(m_state.epoch, progress.epochs);
    progress.step = step;
    progress.steps = steps;
    const auto images = static_cast<double>(std::max<std::int64_t>(1, m_state.images));
    progress.loss = m_state.lossSum / images;
    progress.accuracy = static_cast<double>(m_state.correct) / images;
    progress.imagesPerSecond = m_state.trainingSeconds > 0 ? images / m_state.trainingSeconds : 0;
    m_meter.fill(progress, m_state, steps > 0 ? static_cast<double>(step) / steps : 1);
    m_observer.batchDone(progress);
}

void TrainLoop::noteFailures(const Batch& batch)
{
    for (const Batch::Failure& failure : batch.failures) {
        const ExcludedImage excluded{failure.error.path().string(), failure.error.detail()};
        if (!m_leftOut.emplace(excluded.path, excluded.reason).second) {
            continue;
        }
        m_record.excluded.push_back(excluded);
        // The record names them all; thousands of messages would bury all others.
        constexpr int told = 20;
        if (++m_toldLeftOut < told) {
            m_observer.messageGiven(MessageLevel::Warning,
                                    std::string("Left out a picture: ") + failure.error.what());
        } else if (m_toldLeftOut == told) {
            m_observer.messageGiven(MessageLevel::Warning,
                                    "Left out " + std::to_string(told) +
                                        " pictures so far; run.json names all of them.");
        }
    }
}

void TrainLoop::notePartSize(std::int64_t count, std::int64_t part)
{
    m_state.partSize = part;
    const std::string size = std::to_string(part);
    m_observer.messageGiven(MessageLevel::Warning,
                            "The memory of " + m_record.machine + " does not hold a batch of " +
                                std::to_string(count) + " at once: batches are computed in parts of " + size +
                                " from now on, with the same results up to rounding. A batch size of " +
                                size + " would fit as a whole, but trains differently.");
}

void TrainLoop::checkpoint()
{
    requireFiniteWeights();
    m_state.averagedSteps = m_average ? m_average->steps() : 0;
    auto begun = Clock::now();
    save([&] {
        begun = Clock::now();
        saveCheckpoint(m_files, m_state, m_baseHash, trainedSoFar(), m_optimizer.get(), m_average.get());
    });
    m_isLastProven = false;
    m_checkpoints.written(begun, Clock::now());
}

void TrainLoop::save(const std::function<void()>& write)
{
    const auto guarded = [&] {
        if (m_lock && m_lock->renew()) {
            m_observer.messageGiven(
                MessageLevel::Warning,
                "run.lock was removed while the run trains, so that another process could "
                "have trained into it too. It is locked again.");
        }
        write();
    };
    writePatiently(guarded, m_observer, m_stop, m_saving.retryAfter);
}

bool TrainLoop::readAll(const std::function<bool()>& pass)
{
    return readPatiently(pass, m_observer, m_stop, m_saving.retryAfter);
}

BatchLoaderOptions TrainLoop::loaderFor(const Network& network) const
{
    BatchLoaderOptions options = inferenceLoader(network, m_recipe.transform(), m_recipe.batchSize);
    options.foldersMustStay = true;
    return options;
}

void TrainLoop::throwDiverged(const std::string& culprit) const
{
    // A step can leave weights that are finite and of no use, which only the next loss tells.
    std::error_code error;
    if (!m_isLastProven && std::filesystem::exists(m_files.previousLast(), error)) {
        shareFile(m_files.previousLast(), m_files.last());
    }
    const auto index = std::min(static_cast<std::size_t>(m_state.phase), m_recipe.phases.size()) - 1;
    char rate[32];
    std::snprintf(rate, sizeof rate, "%g", m_recipe.phases[index].learningRate);
    throw Error(
        ErrorCode::TrainingDiverged, {},
        "the loss is no longer a finite number in phase " + std::to_string(index + 1) + ", epoch " +
            std::to_string(m_state.epoch) + " (first to go: " + culprit + ")",
        std::string("try a lower learning rate than ") + rate +
            ": thaw-cli train --resume RUN --rate-factor 0.1 goes on with a tenth of it from the last "
            "good checkpoint; or begin a new run");
}

void TrainLoop::requireFiniteWeights() const
{
    if (const std::string culprit = firstNotFinite(trainedSoFar()); !culprit.empty()) {
        throwDiverged(culprit);
    }
}

std::vector<NamedParameter> TrainLoop::trainedSoFar() const
{
    FreezePlan plan;
    const auto phases = std::min(static_cast<std::size_t>(m_state.phase), m_recipe.phases.size());
    for (std::size_t i = 0; i < phases; ++i) {
        const FreezePlan later = m_recipe.phases[i].freezePlan();
        for (int layer = 1; layer <= baseLayerCount; ++layer) {
            plan.setTrainable(layer, plan.isTrainable(layer) || later.isTrainable(layer));
        }
    }
    return m_network.trainable(plan);
}

std::vector<LoadItem> TrainLoop::itemsOf(Split split) const
{
    std::vector<LoadItem> items;
    for (std::size_t index : m_dataset.indicesOf(split)) {
        const Sample& sample = m_dataset.samples[index];
        LoadItem& item = items.emplace_back(LoadItem{m_dataset.pathOf(sample), sample.label});
        // Another picture under the name since the scan would train, or be measured, under the record of the
        // one before. Hashing costs the loader a hundredth of what decoding does.
        if (!sample.contentHash.empty()) {
            item.contentKey = std::stoull(sample.contentHash.substr(0, 16), nullptr, 16);
        }
    }
    return items;
}

std::string TrainLoop::picturesOf(Split split) const
{
    std::vector<std::string> pictures;
    for (const std::size_t index : m_dataset.indicesOf(split)) {
        const Sample& sample = m_dataset.samples[index];
        pictures.push_back(std::to_string(sample.label) + ' ' +
                           (sample.contentHash.empty() ? sample.path : sample.contentHash));
    }
    std::sort(pictures.begin(), pictures.end());
    Hasher hasher(HashKind::Sha256);
    for (const std::string& picture : pictures) {
        hasher.add(picture.c_str(), picture.size() + 1);
    }
    return hasher.hex();
}

ModelWeights TrainLoop::currentModel() const
{
    ModelWeights model;
    model.base = m_network.copyBase();
    constexpr std::string_view tuned = ", fine-tuned by Thaw";
    if (model.base.hash != m_baseHash && !model.base.source.ends_with(tuned)) {
        model.base.source += tuned;
    }
    model.head = m_network.copyHead();
    model.headSpec = m_network.headSpec();
    model.transform = m_recipe.transform();
    model.classes = m_dataset.classes;
    model.recipeJson = formatRecipe(m_recipe);
    return model;
}

} // namespace thaw

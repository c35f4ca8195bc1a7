#include "core/train/start/resume_run.h"

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/compute/compute_device.h"
#include "core/data/dataset/dataset_scan.h"
#include "core/model/weights/weights_catalog.h"
#include "core/run/history_csv.h"
#include "core/run/run_lock.h"
#include "core/run/run_record_json.h"
#include "core/run/run_split.h"
#include "core/run/run_store.h"
#include "core/run/run_weights.h"
#include "core/train/loop/train_loop_torch.h"
#include "core/train/start/former_split.h"
#include "core/train/start/resume_terms.h"
#include "core/train/start/run_start.h"
#include "core/train/trainer.h"

#include <algorithm>
#include <numeric>
#include <system_error>
#include <utility>

namespace thaw {

namespace {

std::size_t sumOf(const std::vector<std::size_t>& counts)
{
    return std::accumulate(counts.begin(), counts.end(), std::size_t(0));
}

std::string joined(const std::vector<std::string>& parts)
{
    std::string text;
    for (const std::string& part : parts) {
        text += (text.empty() ? "" : "; ") + part;
    }
    return text;
}

/// The run's pictures as they are now, with the split that they had, and what became of them.
struct PresentPictures
{
    DatasetIndex dataset;
    std::vector<SplitEntry> split; ///< for split.csv
    std::string changes;           ///< in words; empty where nothing has changed
    bool isSplitKnown = true;      ///< else it was dealt anew
    PictureLosses losses;
};

PresentPictures presentPictures(const SavedRun& run, DatasetIndex dataset)
{
    PresentPictures present{std::move(dataset), {}, {}, true, {}};
    if (const auto former = formerSplitOf(run, present.dataset)) {
        keepFormerSplit(present.dataset, *former, run.recipe);
        present.changes = changesSince(*former, present.dataset).text();
        present.losses = lossesSince(*former, present.dataset);
        present.split = splitEntriesOf(present.dataset, *former);
    } else {
        present.isSplitKnown = false;
        present.changes =
            "which ones is not known, since the run did not note its split: it is dealt anew, and "
            "pictures that tested it before may be trained on";
        present.losses = lossesSince(run.record, present.dataset);
        present.split = splitEntriesOf(present.dataset);
    }
    return present;
}

/// All that stands against going on, unless it was accepted.
void requireAccepted(const SavedRun& run, const PresentPictures& pictures,
                     const std::vector<std::string>& differences, const ResumeOptions& options)
{
    if (const std::string changes = classChanges(run.record.classes, pictures.dataset.classes);
        !changes.empty()) {
        throw Error(ErrorCode::RunDiffers, run.folder,
                    "the data set's classes are no longer those of the run: " + changes,
                    classAdvice(run.record.classes, pictures.dataset.classes) + ", or start a new run");
    }
    if (pictures.losses.areSerious() && !options.acceptLosses) {
        throw Error(ErrorCode::PicturesLost, pictures.dataset.source, pictures.losses.text(),
                    "put them back, or go on all the same", Remedy::AcceptAll);
    }
    if (!differences.empty() && !options.acceptChanges) {
        throw Error(ErrorCode::RunDiffers, run.folder, "cannot go on exactly: " + joined(differences),
                    "put things back, or go on all the same", Remedy::AcceptChanges);
    }
}

void addExcluded(RunRecord& record, const DatasetIndex& dataset)
{
    for (ExcludedImage& image : excludedFrom(dataset)) {
        if (std::find(record.excluded.begin(), record.excluded.end(), image) == record.excluded.end()) {
            record.excluded.push_back(std::move(image));
        }
    }
}

/// The record of a run that goes on, here and now.
RunRecord recordOfNow(const SavedRun& run, const Recipe& recipe, const DatasetIndex& dataset,
                      const BaseWeights& weights, const DeviceInfo& device)
{
    RunRecord record = run.record;
    record.state = RunState::Running;
    record.endedAt.clear();
    record.error.clear();
    record.errorCode.clear();
    record.datasetPath = dataset.source.string();
    record.datasetFingerprint = dataset.fingerprint;
    for (const Split split : allSplits) {
        record.counts[static_cast<std::size_t>(split)] = dataset.countsOf(split);
    }
    addExcluded(record, dataset);
    record.weightsHash = weights.hash;
    record.weightsInput = formulaOf(weights.preprocessing);
    noteMachine(record, recipe, device);
    return record;
}

/// Of the phase in progress: a rule may have lowered the recipe's.
double rateInUse(const TrainState& state, const Recipe& recipe)
{
    for (const auto& [name, numbers] : state.rules) {
        if (const auto rate = numbers.find("learning_rate"); rate != numbers.end()) {
            return rate->second;
        }
    }
    return recipe.phases[static_cast<std::size_t>(state.phase) - 1].learningRate;
}

/// What a resumed run is told about that a fresh one is not.
void sayWhatChanged(const PresentPictures& pictures, const Checkpoint& checkpoint, double rateFactor,
                    const Recipe& recipe, TrainObserver& observer)
{
    if (checkpoint.fromPrevious) {
        observer.noticeGiven(notice(NoticeCode::PreviousCheckpoint, {checkpoint.whyPrevious}));
    }
    if (!pictures.changes.empty()) {
        const SplitCounts counts = pictures.dataset.counts();
        const NoticeCode code =
            pictures.isSplitKnown ? NoticeCode::PicturesChanged : NoticeCode::PicturesChangedSplitUnknown;
        observer.noticeGiven(notice(code, {pictures.changes, static_cast<std::int64_t>(counts.train),
                                           static_cast<std::int64_t>(counts.validation),
                                           static_cast<std::int64_t>(counts.test)}));
    }
    if (rateFactor != 1) {
        const double rate = rateInUse(checkpoint.state, recipe);
        observer.noticeGiven(notice(NoticeCode::RateChanged, {rate, std::int64_t(checkpoint.state.phase),
                                                              std::int64_t(checkpoint.state.epoch)}));
    }
}

void requireSomethingToFinish(const RunFiles& files, const TrainState& state)
{
    const bool isThere = std::any_of(state.best.begin(), state.best.end(),
                                     [](const BestEpoch& best) { return best.epoch > 0; });
    if (!isThere) {
        throw Error(ErrorCode::RunInvalid, files.folder,
                    "no epoch has ended yet, so that there are no best weights to finish the run with",
                    "go on with it first", Remedy::ResumeRun);
    }
}

/// Reads the run's pictures and weights again, unless they are there and no picture has been touched since.
/// @return false when stopped
bool read(RunMaterials& materials, const SavedRun& run, const Recipe& recipe, const ResumeOptions& options,
          TrainObserver& observer, const std::stop_token& stop)
{
    const PrepareObserver& preparing = options.preparing;
    if (options.movedTo.empty() && materials.areFresh()) {
        return true;
    }
    materials.stamp = 0;
    observer.noticeGiven(notice(NoticeCode::CheckingPictures));
    if (preparing.begun) {
        preparing.begun(Preparation::Dataset);
    }
    ScanOptions scanning;
    scanning.shares = recipe.split;
    const auto& path =
        options.movedTo.empty() ? std::filesystem::path(run.record.datasetPath) : options.movedTo;
    auto dataset = scanDataset(path, scanning, preparing.progressed, stop);
    if (!dataset) {
        return false;
    }
    if (preparing.begun) {
        preparing.begun(Preparation::Weights);
    }
    const WeightsObserver told{
        [&](const std::string& text) { observer.noticeGiven(notice(NoticeCode::WeightsTold, {text})); },
        preparing.progressed};
    auto weights = resolveWeights(recipe.weights, scaledBackbone(recipe.width), recipe.seed, told, stop);
    if (!weights) {
        return false;
    }
    const std::uint64_t stamp = stampOf(*dataset);
    materials = {std::move(*dataset), std::move(*weights), stamp};
    return true;
}

} // namespace

RunRecord resumeRun(const std::filesystem::path& folder, const ResumeOptions& options,
                    TrainObserver& observer, const std::stop_token& stop)
{
    if (RunRecord record = loadRun(folder).record; record.state == RunState::Finished) {
        return record;
    }
    RunLock lock(folder);
    const SavedRun run = loadRun(folder);
    if (run.record.state == RunState::Finished) {
        return run.record; // by another program, while the lock was waited for
    }
    const RunFiles files{folder};
    Recipe recipe = run.recipe;
    // Whoever mended the recipe by hand may have written "auto".
    const auto [device, missingDevice] = deviceToResumeOn(recipe);
    recipe.device = device.id;
    recipe.precision = precisionOn(device, recipe.precision);
    recipe.trainedPrecision = precisionOn(device, recipe.trainedPrecision);
    // Without any, the run was interrupted as it began.
    const bool fromStart = run.history.empty() && !hasCheckpoint(files);
    const std::size_t trainedOn = sumOf(run.record.counts[static_cast<std::size_t>(Split::Train)]);
    Checkpoint checkpoint =
        fromStart ? Checkpoint{} : loadCheckpoint(files, CheckpointTerms{recipe, trainedOn});
    if (options.finishNow) {
        requireSomethingToFinish(files, checkpoint.state);
    }
    if (options.rateFactor != 1) {
        scaleRates(recipe, checkpoint.state, options.rateFactor);
        if (const auto issues = checkRecipe(recipe); !issues.empty()) {
            throw recipeError(issues, {});
        }
    }

    RunMaterials own;
    RunMaterials& materials = options.materials ? *options.materials : own;
    if (!read(materials, run, recipe, options, observer, stop)) {
        RunRecord untouched = run.record;
        untouched.state = RunState::Stopped;
        return untouched;
    }
    if (options.preparing.begun) {
        options.preparing.begun(Preparation::Run);
    }
    const BaseWeights& weights = materials.weights;
    PresentPictures pictures = presentPictures(run, materials.dataset);
    const DatasetIndex& dataset = pictures.dataset;
    const bool areOthers = run.record.datasetFingerprint != dataset.fingerprint;
    std::vector<std::string> differences =
        differencesOf(run.record, dataset, pictures.changes, weights, device);
    for (const std::string& file : exchangedWeights(run)) {
        differences.push_back(file + " is not the file that the run wrote");
    }
    if (!missingDevice.empty()) {
        differences.insert(differences.begin(), missingDevice);
    }
    requireAccepted(run, pictures, differences, options);
    requireTrainable(dataset, TrainableRule::Any);
    setThreadCount(recipe.threads);
    setDeviceRules();

    noteWeightsThere(files, checkpoint.state.best); // other ones were accepted, or written before a kill
    RunRecord record = recordOfNow(run, recipe, dataset, weights, device);
    record.best = checkpoint.state.best; // of later epochs history.csv will know nothing either
    if (options.rateFactor != 1) {
        record.rateChanges.push_back({checkpoint.state.phase, checkpoint.state.epoch, options.rateFactor});
    }
    const RunPlan plan = planOf(recipe, dataset);
    requireChecked(plan, dataset);
    const std::optional<HeadWeights> head = fromStart ? headFor(plan, dataset, weights) : std::nullopt;
    const RunSetup setup{plan, dataset, weights,  head, speedFor(plan, stop), options.saving, files,
                         lock, record,  observer, stop};
    std::optional<ResumePoint> from;
    if (!fromStart) {
        from = ResumePoint{checkpoint, areOthers, trainedOn};
    }
    TrainLoop loop(setup, std::move(from));
    removeLeftovers(folder);
    if (!missingDevice.empty() || options.rateFactor != 1) {
        writeFileAtomically(files.recipe(), formatRecipe(recipe)); // the device or rate that it goes on with
    }
    std::error_code ignored;
    if (areOthers || !std::filesystem::exists(files.split(), ignored)) {
        writeRunSplit(files.split(), pictures.split);
    }
    if (checkpoint.fromPrevious) {
        // Else the next checkpoint would keep the damaged one as the good one before it.
        shareFile(files.previousLast(), files.last());
    }
    // Rows after the checkpoint are done again.
    writeHistory(files.history(), checkpoint.state.history);
    writeRunRecord(files.record(), record);
    observer.runStarted({folder, record, true});
    sayWhatChanged(pictures, checkpoint, options.rateFactor, recipe, observer);
    const auto work = [&] { return options.finishNow ? loop.finish() : loop.run(); };
    return conclude(work, record, files, lock, observer, stop, options.saving);
}

} // namespace thaw

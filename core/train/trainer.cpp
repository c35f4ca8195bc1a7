#include "core/train/trainer.h"

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/utf8.h"
#include "core/base/version.h"
#include "core/model/processor.h"
#include "core/model/weights_catalog.h"
#include "core/run/run_store.h"
#include "core/train/compute_device.h"
#include "core/train/patient_write.h"
#include "core/train/resume_terms.h"
#include "core/train/run_needs.h"
#include "core/train/run_time.h"
#include "core/train/train_loop_torch.h"
#include "core/train/view_schedule.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <string_view>
#include <utility>

namespace thaw {

namespace {

Recipe resolveRecipe(Recipe recipe, const BaseWeights& weights, const DeviceInfo& device)
{
    recipe.device = device.id;
    recipe.precision = resolvePrecision(recipe.precision, device);
    recipe.trainedPrecision = resolvePrecision(recipe.trainedPrecision, device);
    recipe.threads = recipe.threads > 0 ? recipe.threads : physicalCoreCount();
    recipe.weightsHash = weights.hash;
    return recipe;
}

bool isUtf8(std::string_view text)
{
    while (!text.empty()) {
        const std::size_t length = utf8Length(text);
        if (length == 0) {
            return false;
        }
        text.remove_prefix(length);
    }
    return true;
}

void checkDataset(const DatasetIndex& dataset)
{
    // The model and the record are JSON, which holds UTF-8 alone: the class could not be told again.
    if (const auto name = std::find_if_not(dataset.classes.begin(), dataset.classes.end(), isUtf8);
        name != dataset.classes.end())
    {
        throw Error(ErrorCode::DatasetInvalid, dataset.source,
                    "the name of its class " + std::to_string(name - dataset.classes.begin() + 1) +
                        " is not UTF-8",
                    dataset.manifest.empty() ? "rename the folder" : "save the list as UTF-8");
    }
    if (dataset.classes.size() < 2) {
        throw Error(ErrorCode::DatasetOneClass, dataset.root, "has fewer than two classes",
                    "put the pictures of each class into a folder of its own");
    }
    if (dataset.indicesOf(Split::Train).empty()) {
        throw Error(ErrorCode::DatasetInvalid, dataset.root, "has no training pictures",
                    "add pictures to its train folder, or lower the shares set aside");
    }
}

std::vector<ExcludedImage> excludedFrom(const DatasetIndex& dataset)
{
    std::vector<ExcludedImage> excluded;
    for (const Problem& problem : dataset.problems) {
        switch (problem.code) {
        case ProblemCode::Unreadable:
        case ProblemCode::FormatUnsupported:
        case ProblemCode::TooLarge:
        case ProblemCode::ListedMissing:
        case ProblemCode::OutsideRoot:
            excluded.push_back({problem.path, problem.message});
            break;
        default:
            break;
        }
    }
    return excluded;
}

RunRecord newRecord(const TrainRequest& request, const Recipe& recipe, const DeviceInfo& device)
{
    RunRecord record;
    const std::filesystem::path folder = request.folder.lexically_normal();
    record.name = (folder.has_filename() ? folder : folder.parent_path()).filename().string();
    record.startedAt = timestampNow();
    record.thawVersion = thawVersion;
    record.torchVersion = torchVersion();
    record.onednnVersion = onednnVersion();
    record.machine = device.name;
    record.device = recipe.device;
    record.precision = nameOf(recipe.precision);
    record.threads = recipe.threads;
    record.asked = {request.recipe.device, nameOf(request.recipe.precision),
                    nameOf(request.recipe.trainedPrecision), request.recipe.threads};
    record.datasetPath = request.dataset.source.string();
    record.datasetFingerprint = request.dataset.fingerprint;
    record.classes = request.dataset.classes;
    for (Split split : allSplits) {
        record.counts[static_cast<std::size_t>(split)] = request.dataset.countsOf(split);
    }
    record.excluded = excludedFrom(request.dataset);
    record.weightsSource = request.weights.source + (recipe.withHead ? ", with its head" : "");
    record.weightsHash = request.weights.hash;
    record.weightsInput = formulaOf(request.weights.preprocessing);
    return record;
}

/// The head that the recipe asks to start with; nothing where that is a new one.
std::optional<HeadWeights> headFor(const Recipe& recipe, const DatasetIndex& dataset,
                                   const BaseWeights& weights)
{
    if (!recipe.withHead) {
        return std::nullopt;
    }
    return resolveHead(recipe.weights, weights, TrainLoop::headSpecOf(recipe, dataset, weights.backbone()),
                       dataset.classes);
}

void setFailed(RunRecord& record, const Error& error)
{
    record.state = RunState::Failed;
    if (record.error.empty()) {
        record.errorCode = nameOf(error.code());
    } else {
        record.error += "; ";
    }
    record.error += error.what();
}

/// Does the work of a run whose record is on disk already; whatever it throws becomes a Failed record.
RunRecord conclude(const std::function<RunState()>& work, RunRecord& record, const RunFiles& files,
                   TrainObserver& observer, const std::stop_token& stop, const SaveOptions& saving)
{
    try {
        record.state = work();
    } catch (...) {
        setFailed(record, currentError(files.folder));
    }
    record.endedAt = timestampNow();
    try {
        writePatiently([&] { writeRunRecord(files.record(), record); }, observer, stop, saving.retryAfter);
    } catch (const Error& error) {
        // The disk that failed the run may fail its record too; the caller still learns why.
        setFailed(record, error);
    }
    return record;
}

/// "7 min", "3 h 20 min": no more digits than an estimate has.
std::string timeText(double seconds)
{
    const auto minutes = static_cast<long>(std::lround(seconds / 60));
    if (minutes < 60) {
        return std::to_string(minutes) + " min";
    }
    const long rest = minutes % 60 / 10 * 10;
    return std::to_string(minutes / 60) + " h" + (rest > 0 ? " " + std::to_string(rest) + " min" : "");
}

/// Seconds that a run takes which starts from nothing.
double secondsOf(const Recipe& recipe, const DatasetIndex& dataset, const ComputeSpeed& speed)
{
    return estimateRunSeconds(recipe,
                              {dataset.indicesOf(Split::Train).size(),
                               dataset.indicesOf(Split::Validation).size(),
                               dataset.indicesOf(Split::Test).size()},
                              static_cast<int>(dataset.classes.size()), speed);
}

/// Unknown for a run that even a slow machine does in a minute: measuring would only hold it up.
ComputeSpeed speedFor(const Recipe& recipe, const DatasetIndex& dataset, const std::stop_token& stop)
{
    constexpr ComputeSpeed slow{1e10, 1e10, 1e8};
    return secondsOf(recipe, dataset, slow) < 60 ? ComputeSpeed{} : measureSpeed(recipe, stop);
}

std::string joined(const std::vector<std::string>& parts)
{
    std::string text;
    for (const std::string& part : parts) {
        text += (text.empty() ? "" : "; ") + part;
    }
    return text;
}

/// What a new run takes of the machine, and what to mind. @param recipe the request's, resolved
void sayWhatItTakes(const TrainRequest& request, const Recipe& recipe, const ComputeSpeed& speed,
                    const std::vector<std::string>& cautions, TrainObserver& observer)
{
    const RunNeeds needs = estimateRunNeeds(recipe,
                                            {request.dataset.indicesOf(Split::Train).size(),
                                             request.dataset.indicesOf(Split::Validation).size(),
                                             request.dataset.indicesOf(Split::Test).size()},
                                            static_cast<int>(request.dataset.classes.size()));
    observer.messageGiven(MessageLevel::Info, "The run takes about " + byteText(needs.memory) +
                                                  " of memory and " + byteText(needs.disk) +
                                                  " of disk; a checkpoint of it " +
                                                  byteText(needs.checkpoint) + ".");
    if (const double seconds = secondsOf(recipe, request.dataset, speed); seconds >= 60) {
        observer.messageGiven(MessageLevel::Info, "It should be done in about " + timeText(seconds) + ".");
    }
    if (const double stored = needs.views + needs.judged; stored > 0) {
        observer.messageGiven(MessageLevel::Info, "Stored features take " + byteText(stored) + " in " +
                                                      request.saving.banksFolder().string() +
                                                      ", where other runs find them.");
    }
    for (const std::string& caution : cautions) {
        observer.messageGiven(MessageLevel::Warning, caution);
    }
    if (!request.recipe.weightsHash.empty() && request.recipe.weightsHash != request.weights.hash) {
        observer.messageGiven(MessageLevel::Warning, "The recipe was made with other weights than these (" +
                                                         request.weights.source + ").");
    }
}

} // namespace

RunRecord trainRun(const TrainRequest& request, TrainObserver& observer, const std::stop_token& stop)
{
    if (const auto issues = checkRecipe(request.recipe); !issues.empty()) {
        throw recipeError(issues, {});
    }
    checkDataset(request.dataset);
    if (storedViews(request.recipe) > 0 && !request.dataset.checked) {
        throw Error(ErrorCode::DatasetInvalid, request.dataset.root,
                    "was only listed: stored views are found again by what each picture holds",
                    "scan it with the deep check");
    }
    const DeviceInfo device = resolveDevice(request.recipe.device);
    const Recipe recipe = resolveRecipe(request.recipe, request.weights, device);
    const std::optional<HeadWeights> head = headFor(recipe, request.dataset, request.weights);
    const std::vector<std::string> cautions =
        preflight(request.recipe, request.dataset.indicesOf(Split::Train).size(),
                  request.dataset.indicesOf(Split::Validation).size(), request.folder, request.saving);
    createRunFolder(request.folder);
    const RunLock lock(request.folder);
    setThreadCount(recipe.threads);
    setDeviceRules();

    const RunFiles files{request.folder};
    RunRecord record = newRecord(request, recipe, device);
    writeFileAtomically(files.recipe(), formatRecipe(recipe));
    writeHistory(files.history(), {});
    writeRunRecord(files.record(), record);
    observer.runStarted({request.folder, record, false});
    const auto work = [&] {
        const ComputeSpeed speed = speedFor(recipe, request.dataset, stop);
        sayWhatItTakes(request, recipe, speed, cautions, observer);
        TrainLoop loop(recipe, request.dataset, request.weights, record, files, observer, stop,
                       request.saving);
        loop.expectSpeed(speed);
        if (head) {
            loop.startWithHead(*head);
        }
        return loop.run();
    };
    return conclude(work, record, files, observer, stop, request.saving);
}

RunRecord resumeRun(const std::filesystem::path& folder, bool acceptChanges, TrainObserver& observer,
                    const std::stop_token& stop, const SaveOptions& saving, const TrainRequest* atHand,
                    const std::filesystem::path& movedTo)
{
    if (RunRecord record = loadRun(folder).record; record.state == RunState::Finished) {
        return record;
    }
    const RunLock lock(folder);
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
    const Checkpoint checkpoint = fromStart ? Checkpoint{} : loadCheckpoint(files);

    if (!atHand) {
        observer.messageGiven(MessageLevel::Info, "Checking that the pictures are as they were");
    }
    const ScanOptions options{recipe.split};
    const auto dataset =
        atHand ? std::optional(atHand->dataset)
               : scanDataset(movedTo.empty() ? run.record.datasetPath : movedTo.string(), options, {}, stop);
    const WeightsObserver weightsObserver{
        [&](const std::string& text) { observer.messageGiven(MessageLevel::Info, text); }, {}};
    const auto weights = atHand    ? std::optional(atHand->weights)
                         : dataset ? resolveWeights(recipe.weights, scaledBackbone(recipe.width), recipe.seed,
                                                    weightsObserver, stop)
                                   : std::nullopt;
    if (!dataset || !weights) {
        RunRecord untouched = run.record;
        untouched.state = RunState::Stopped;
        return untouched;
    }
    std::vector<std::string> differences = differencesOf(run.record, *dataset, *weights, device);
    if (!missingDevice.empty()) {
        differences.insert(differences.begin(), missingDevice);
    }
    if (!differences.empty() && !acceptChanges) {
        throw Error(ErrorCode::RunDiffers, folder, "cannot go on exactly: " + joined(differences),
                    "put things back, or go on all the same with --accept-changes");
    }
    checkDataset(*dataset);
    if (run.record.classes != dataset->classes) {
        throw Error(ErrorCode::RunDiffers, folder, "the data set's classes are no longer those of the run",
                    "put the class folders back, or start a new run");
    }
    setThreadCount(recipe.threads);
    setDeviceRules();

    RunRecord record = run.record;
    record.state = RunState::Running;
    record.endedAt.clear();
    record.error.clear();
    record.errorCode.clear();
    record.best = checkpoint.state.best; // of later epochs history.csv will know nothing either
    record.datasetPath = dataset->source.string();
    record.datasetFingerprint = dataset->fingerprint;
    record.weightsHash = weights->hash;
    record.weightsInput = formulaOf(weights->preprocessing);
    record.thawVersion = thawVersion;
    record.torchVersion = torchVersion();
    record.onednnVersion = onednnVersion();
    record.machine = device.name;
    record.device = recipe.device;
    record.precision = nameOf(recipe.precision);
    TrainLoop loop(recipe, *dataset, *weights, record, files, observer, stop, saving);
    loop.expectSpeed(speedFor(recipe, *dataset, stop));
    if (!fromStart) {
        loop.restore(checkpoint);
    } else if (const auto head = headFor(recipe, *dataset, *weights)) {
        loop.startWithHead(*head);
    }
    removeLeftovers(folder);
    if (!missingDevice.empty()) {
        writeFileAtomically(files.recipe(), formatRecipe(recipe)); // the device that it goes on with
    }
    if (checkpoint.fromPrevious) {
        // Else the next checkpoint would keep the damaged one as the good one before it.
        shareFile(files.previousLast(), files.last());
    }
    // Rows after the checkpoint are done again.
    writeHistory(files.history(), checkpoint.state.history);
    writeRunRecord(files.record(), record);
    observer.runStarted({folder, record, true});
    if (checkpoint.fromPrevious) {
        observer.messageGiven(MessageLevel::Warning,
                              "The last checkpoint could not be read; going on from the one before it.");
    }
    return conclude([&] { return loop.run(); }, record, files, observer, stop, saving);
}

} // namespace thaw

#include "core/train/trainer.h"

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/timestamp.h"
#include "core/compute/compute_device.h"
#include "core/model/weights/weights_catalog.h"
#include "core/run/history_csv.h"
#include "core/run/run_lock.h"
#include "core/run/run_record_json.h"
#include "core/run/run_split.h"
#include "core/run/run_store.h"
#include "core/train/cost/preflight.h"
#include "core/train/cost/run_needs.h"
#include "core/train/cost/run_time.h"
#include "core/train/loop/train_loop_torch.h"
#include "core/train/start/picture_losses.h"
#include "core/train/start/run_start.h"

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

RunRecord newRecord(const TrainRequest& request, const Recipe& recipe, const DeviceInfo& device)
{
    RunRecord record;
    const std::filesystem::path folder = request.folder.lexically_normal();
    record.name = (folder.has_filename() ? folder : folder.parent_path()).filename().string();
    record.startedAt = timestampNow();
    noteMachine(record, recipe, device);
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

/// What a new run takes of the machine, and what to mind. @param plan of the resolved recipe
void sayWhatItTakes(const TrainRequest& request, const RunPlan& plan, const ComputeSpeed& speed,
                    const std::vector<Notice>& cautions, TrainObserver& observer)
{
    const RunNeeds needs = estimateRunNeeds(plan);
    observer.noticeGiven(notice(NoticeCode::RunNeeds, {needs.memory, needs.disk, needs.checkpoint}));
    if (const double seconds = estimateRunSeconds(plan, speed); seconds >= 60) {
        observer.noticeGiven(notice(NoticeCode::ExpectedTime, {seconds}));
    }
    if (const double stored = needs.views + needs.measured; stored > 0) {
        observer.noticeGiven(
            notice(NoticeCode::StoredFeatures, {stored, request.saving.banksFolder().string()}));
    }
    for (const Notice& caution : cautions) {
        observer.noticeGiven(caution);
    }
    if (!request.recipe.weightsHash.empty() && request.recipe.weightsHash != request.weights.hash) {
        observer.noticeGiven(notice(NoticeCode::OtherWeights, {request.weights.source}));
    }
}

} // namespace

RunRecord trainRun(const TrainRequest& request, TrainObserver& observer, const std::stop_token& stop)
{
    if (const auto issues = checkRecipe(request.recipe); !issues.empty()) {
        throw recipeError(issues, {});
    }
    requireTrainable(request.dataset, TrainableRule::EachClass);
    if (!request.acceptLosses) {
        requireNoSeriousLosses(request.dataset);
    }
    const DeviceInfo device = resolveDevice(request.recipe.device);
    const Recipe recipe = resolveRecipe(request.recipe, request.weights, device);
    const RunPlan plan = planOf(recipe, request.dataset);
    requireChecked(plan, request.dataset);
    const std::optional<HeadWeights> head = headFor(plan, request.dataset, request.weights);
    // Of the recipe as it was asked for: a word about its device is a caution too.
    const std::vector<Notice> cautions =
        preflight(planOf(request.recipe, request.dataset), request.folder, request.saving);
    createRunFolder(request.folder);
    RunLock lock(request.folder);
    setThreadCount(recipe.threads);
    setDeviceRules();

    const RunFiles files{request.folder};
    RunRecord record = newRecord(request, recipe, device);
    writeFileAtomically(files.recipe(), formatRecipe(recipe));
    writeRunSplit(files.split(), splitEntriesOf(request.dataset));
    writeHistory(files.history(), {});
    writeRunRecord(files.record(), record);
    observer.runStarted({request.folder, record, false});
    const auto work = [&] {
        const ComputeSpeed speed = speedFor(plan, stop);
        sayWhatItTakes(request, plan, speed, cautions, observer);
        const RunSetup setup{plan, request.dataset, request.weights, head, speed, request.saving, files,
                             lock, record,          observer,        stop};
        return TrainLoop(setup).run();
    };
    return conclude(work, record, files, lock, observer, stop, request.saving);
}

} // namespace thaw

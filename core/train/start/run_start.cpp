#include "core/train/start/run_start.h"

#include "core/base/error.h"
#include "core/base/timestamp.h"
#include "core/base/version.h"
#include "core/compute/processor.h"
#include "core/data/dataset/trainable.h"
#include "core/model/weights/weights_catalog.h"
#include "core/run/run_lock.h"
#include "core/run/run_record_json.h"
#include "core/train/checkpoint/patient_write.h"
#include "core/train/cost/run_time.h"
#include "core/train/start/picture_losses.h"

#include <algorithm>

namespace thaw {

namespace {

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

} // namespace

void noteMachine(RunRecord& record, const Recipe& recipe, const DeviceInfo& device)
{
    record.thawVersion = thawVersion;
    record.torchVersion = torchVersion();
    record.onednnVersion = onednnVersion();
    record.machine = device.name;
    record.device = recipe.device;
    record.precision = nameOf(recipe.precision);
}

void requireTrainable(const DatasetIndex& dataset, TrainableRule rule)
{
    if (dataset.classes.size() < 2) {
        throw Error(ErrorCode::DatasetOneClass, dataset.root, "has fewer than two classes",
                    "put the pictures of each class into a folder of its own");
    }
    const bool trainsAny = dataset.counts().train > 0;
    std::string obstacles;
    for (const Problem& obstacle : obstaclesToTraining(dataset)) {
        if (obstacle.code != ProblemCode::NotTrained || rule == TrainableRule::EachClass || !trainsAny) {
            obstacles += (obstacles.empty() ? "" : "; ") + obstacle.message;
        }
    }
    if (!obstacles.empty()) {
        throw Error(ErrorCode::DatasetInvalid, dataset.source, obstacles);
    }
}

std::vector<ExcludedImage> excludedFrom(const DatasetIndex& dataset)
{
    std::vector<ExcludedImage> excluded;
    for (const Problem& problem : dataset.problems) {
        switch (problem.code) {
        case ProblemCode::Unrecognised:
            for (const std::string& file : problem.files) {
                excluded.push_back({file, "left out: no picture of a known kind"});
            }
            break;
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

RunPlan planOf(const Recipe& recipe, const DatasetIndex& dataset)
{
    return planRun(recipe, dataset.counts(), static_cast<int>(dataset.classes.size()),
                   dataset.countsOf(Split::Train));
}

void requireChecked(const RunPlan& plan, const DatasetIndex& dataset)
{
    const bool storesFeatures =
        std::any_of(plan.phases.begin(), plan.phases.end(),
                    [](const PhasePlan& phase) { return phase.usesStoredViews() || phase.keepsValidation; });
    if (storesFeatures && !dataset.checked) {
        throw Error(ErrorCode::DatasetInvalid, dataset.root,
                    "was only listed: stored features are found again by what each picture holds",
                    "scan it with the deep check");
    }
}

std::optional<HeadWeights> headFor(const RunPlan& plan, const DatasetIndex& dataset,
                                   const BaseWeights& weights)
{
    if (!plan.recipe.withHead) {
        return std::nullopt;
    }
    return resolveHead(plan.recipe.weights, weights, plan.head, dataset.classes);
}

ComputeSpeed speedFor(const RunPlan& plan, const std::stop_token& stop)
{
    constexpr ComputeSpeed slow{1e10, 1e10, 1e8};
    return estimateRunSeconds(plan, slow) < 60 ? ComputeSpeed{} : measureSpeed(plan.recipe, stop);
}

RunRecord conclude(const std::function<RunState()>& work, RunRecord& record, const RunFiles& files,
                   RunLock& lock, TrainObserver& observer, const std::stop_token& stop,
                   const SaveOptions& saving)
{
    try {
        record.state = work();
    } catch (...) {
        const Error error = currentError(files.folder);
        setFailed(record, error);
        if (error.code() == ErrorCode::RunInUse) {
            return record; // its files are another process's now
        }
    }
    record.endedAt = timestampNow();
    try {
        const auto write = [&] {
            lock.renew();
            writeRunRecord(files.record(), record);
        };
        writePatiently(write, observer, stop, saving.retryAfter);
    } catch (const Error& error) {
        // The disk that failed the run may fail its record too; the caller still learns why.
        setFailed(record, error);
    }
    return record;
}

} // namespace thaw

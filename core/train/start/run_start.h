#pragma once

#include "core/compute/compute_device.h"
#include "core/data/dataset/dataset_index.h"
#include "core/experiment/recipe.h"
#include "core/experiment/run_plan.h"
#include "core/experiment/run_record.h"
#include "core/model/weights/weights.h"
#include "core/run/run_lock.h"
#include "core/run/run_store.h"
#include "core/train/cost/compute_work.h"
#include "core/train/observer.h"
#include "core/train/start/save_options.h"

#include <functional>
#include <optional>
#include <stop_token>
#include <vector>

namespace thaw {

// What trainRun() and resumeRun() have in common.

enum class TrainableRule {
    EachClass, ///< there is something to train each class on
    Any, ///< there is something to train on: a run that goes on may have lost a class, which was accepted
};

/// @throws Error DatasetOneClass; DatasetInvalid with all of obstaclesToTraining()
void requireTrainable(const DatasetIndex& dataset, TrainableRule rule);

/// Notes the versions, the device and the precision that a run is computed with from now on.
void noteMachine(RunRecord& record, const Recipe& recipe, const DeviceInfo& device);

/// Pictures that the scan left out, as the record tells them.
std::vector<ExcludedImage> excludedFrom(const DatasetIndex& dataset);

RunPlan planOf(const Recipe& recipe, const DatasetIndex& dataset);

/// @throws Error DatasetInvalid for a data set that was only listed, where the plan stores features: those
/// are
///         found again by what each picture holds
void requireChecked(const RunPlan& plan, const DatasetIndex& dataset);

/// The head that the recipe asks to start with; nothing where that is a new one. @throws as resolveHead
std::optional<HeadWeights> headFor(const RunPlan& plan, const DatasetIndex& dataset,
                                   const BaseWeights& weights);

/// Unknown for a run that even a slow machine does in a minute: measuring would only hold it up.
ComputeSpeed speedFor(const RunPlan& plan, const std::stop_token& stop);

/// Does the work of a run whose record is on disk already; whatever it throws becomes a Failed record. Where
/// another process has the run meanwhile, its files are left alone.
RunRecord conclude(const std::function<RunState()>& work, RunRecord& record, const RunFiles& files,
                   RunLock& lock, TrainObserver& observer, const std::stop_token& stop,
                   const SaveOptions& saving);

} // namespace thaw

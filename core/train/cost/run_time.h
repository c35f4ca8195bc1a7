#pragma once

#include "core/experiment/run_plan.h"
#include "core/train/cost/compute_work.h"

#include <stop_token>

namespace thaw {

/// How fast the recipe's device computes in its arithmetic: a few of block 3's convolutions as frozen layers
/// do them, one of block 5's forward and backward, and RMSprop's update. Takes about a second and 60 MiB,
/// with the threads of setThreadCount(), and should not run beside training.
/// @return unknown when stopped @throws Error DeviceUnavailable
ComputeSpeed measureSpeed(const Recipe& recipe, const std::stop_token& stop = {});

/// Seconds that a whole run would take, its test included and its views not found stored: all the work of
/// ProgressMeter at that speed. Right within a third on the processors it was tried on; 0 where the speed is
/// unknown.
double estimateRunSeconds(const RunPlan& plan, const ComputeSpeed& speed);

} // namespace thaw

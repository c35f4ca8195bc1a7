#pragma once

#include "core/experiment/run_plan.h"

#include <string>

namespace thaw {

/// Estimate of a run's memory and disk space, before it starts; bytes.
struct RunNeeds
{
    double memory = 0;     ///< at the peak, of the whole process, computed on the processor
    double disk = 0;       ///< of the run folder at its fullest
    double views = 0;      ///< of stored views, in the cache folder: see RunPlan::views
    double measured = 0;   ///< also there: features of validation and test pictures
    double checkpoint = 0; ///< of one last.safetensors, of which up to three exist for moments
};

/// Adds up weights, copies, gradients and activations as the trainer holds them; memory within 15 % of what
/// was measured on the processor (tests/core/train/test_preflight.cpp).
RunNeeds estimateRunNeeds(const RunPlan& plan);

/// "410 MiB", "1.4 GiB".
std::string byteText(double bytes);

} // namespace thaw

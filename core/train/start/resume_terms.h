#pragma once

#include "core/compute/compute_device.h"
#include "core/data/dataset/dataset_index.h"
#include "core/experiment/recipe.h"
#include "core/experiment/run_record.h"
#include "core/model/weights/weights.h"
#include "core/train/checkpoint/train_state.h"

#include <string>
#include <vector>

namespace thaw {

/// The device for resuming a run: the run's own or, where that is missing, the best one of the machine.
struct ResumeDevice
{
    DeviceInfo device;
    std::string difference; ///< for the user; empty where it is the run's own
};

/// @throws Error Usage where the recipe, mended by hand, names no kind of device
ResumeDevice deviceToResumeOn(const Recipe& recipe);

/// What the device computes of a precision that may be another one's.
Precision precisionOn(const DeviceInfo& device, Precision precision);

/// In words, why the run could not go on exactly with these; empty when it can.
/// @param pictures what became of them, in words, where that is known
std::vector<std::string> differencesOf(const RunRecord& record, const DatasetIndex& dataset,
                                       const std::string& pictures, const BaseWeights& weights,
                                       const DeviceInfo& device);

/// In words, which classes came and went; empty when they are the same. No run goes on with others.
std::string classChanges(const std::vector<std::string>& before, const std::vector<std::string>& now);

/// What to do about these: "put back what is gone".
std::string classAdvice(const std::vector<std::string>& before, const std::vector<std::string>& now);

/// Multiplies the learning rates of the phase in progress and all after it, rounded to the digits that people
/// write. @throws Error Usage when the factor is out of range or nothing is left to train
void scaleRates(Recipe& recipe, TrainState& state, double factor);

} // namespace thaw

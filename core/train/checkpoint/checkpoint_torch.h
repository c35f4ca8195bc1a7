#pragma once

// Internal to core: needs LibTorch.

#include "core/model/network_torch.h"
#include "core/train/checkpoint/checkpoint_file.h"
#include "core/train/optimizer/optimizer_torch.h"
#include "core/train/optimizer/weight_average_torch.h"

#include <string>
#include <vector>

namespace thaw {

/// What a checkpoint keeps of a training.
struct CheckpointTensors
{
    std::string baseHash;                   ///< of the base that the run started from
    std::vector<NamedParameter> trained;    ///< head and every base layer trained so far
    const Optimizer* optimizer = nullptr;   ///< none between phases
    const WeightAverage* average = nullptr; ///< none where the phase keeps none
};

/// writeCheckpoint from what trains.
/// @throws Error WriteFailed, DiskFull
void saveCheckpoint(const RunFiles& files, const TrainState& state, const CheckpointTensors& tensors);

/// Copies values into the parameters of the same names. @throws Error RunInvalid when one is missing or
/// mis-shaped
void restoreParameters(const std::vector<NamedParameter>& parameters, const std::vector<NamedTensor>& values);

} // namespace thaw

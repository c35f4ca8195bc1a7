#pragma once

// Internal to core: needs LibTorch.

#include "core/model/network_torch.h"
#include "core/train/checkpoint_file.h"
#include "core/train/keras_rmsprop_torch.h"
#include "core/train/weight_average_torch.h"

#include <string>
#include <vector>

namespace thaw {

/// writeCheckpoint from what trains.
/// @param trained head and every base layer trained so far
/// @param optimizer null between phases; @param average null where the phase keeps none
/// @throws Error WriteFailed, DiskFull
void saveCheckpoint(const RunFiles& files, const TrainState& state, const std::string& baseHash,
                    const std::vector<NamedParameter>& trained, const KerasRmsprop* optimizer,
                    const WeightAverage* average);

/// Copies values into the parameters of the same names. @throws Error RunInvalid when one is missing or
/// mis-shaped
void restoreParameters(const std::vector<NamedParameter>& parameters, const std::vector<NamedTensor>& values);

} // namespace thaw

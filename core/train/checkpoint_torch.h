#pragma once

// Internal to core: needs LibTorch.

#include "core/model/network_torch.h"
#include "core/run/run_files.h"
#include "core/train/keras_rmsprop_torch.h"
#include "core/train/train_state.h"

#include <string>

namespace thaw {

/// A stopped run's tensors and position, read from last.safetensors.
struct Checkpoint
{
    TrainState state;
    std::string baseHash; ///< of the base that the run started from; layers never trained are not stored
    std::vector<NamedTensor> weights; ///< head and every base layer trained so far
    std::vector<NamedTensor> velocities;
    bool fromPrevious = false; ///< `last` was damaged or missing, this is the one before
};

/// Writes last.safetensors; the one before stays as last.previous.safetensors until the new one is in place.
/// @param trained head and every base layer trained so far
/// @param optimizer null between phases
/// @throws Error WriteFailed, DiskFull
void saveCheckpoint(const RunFiles& files, const TrainState& state, const std::string& baseHash,
                    const std::vector<NamedParameter>& trained, const KerasRmsprop* optimizer);

/// @throws Error RunInvalid when neither file can be used, naming why
Checkpoint loadCheckpoint(const RunFiles& files);

/// Copies values into the parameters of the same names. @throws Error RunInvalid when one is missing or
/// mis-shaped
void restoreParameters(const std::vector<NamedParameter>& parameters, const std::vector<NamedTensor>& values);

} // namespace thaw

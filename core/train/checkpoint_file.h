#pragma once

#include "core/model/safetensors_file.h"
#include "core/run/run_files.h"
#include "core/train/train_state.h"

#include <string>
#include <vector>

namespace thaw {

/// A stopped run's tensors and position, as last.safetensors holds them. Layers never trained are not among
/// them: they are the base's, which is named by its hash.
struct Checkpoint
{
    TrainState state;
    std::string baseHash;                ///< of the base that the run started from
    std::vector<NamedTensor> weights;    ///< head and every base layer trained so far
    std::vector<NamedTensor> velocities; ///< of the optimizer; none between phases
    std::vector<NamedTensor> averages;   ///< of the weights, in a phase that keeps them
    bool fromPrevious = false;           ///< `last` was damaged or missing, this is the one before
};

/// Writes last.safetensors with a SHA-256 over its content, reads it back and compares before it takes the
/// last one's place; that one stays as last.previous.safetensors. At no moment is there no good one, and
/// never are there more than three files. What a process that was killed leaves of it goes with the next one,
/// and with removeLeftovers().
/// @throws Error WriteFailed, DiskFull
void writeCheckpoint(const RunFiles& files, Checkpoint checkpoint);

/// `last`, or the one before it where that is damaged: the SHA-256 is checked.
/// @throws Error RunInvalid when neither can be used, naming why
Checkpoint loadCheckpoint(const RunFiles& files);

/// Whether there is any file that loadCheckpoint would look at.
bool hasCheckpoint(const RunFiles& files);

} // namespace thaw

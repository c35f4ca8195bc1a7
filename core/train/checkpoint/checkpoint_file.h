#pragma once

#include "core/run/run_files.h"
#include "core/train/checkpoint/train_state.h"
#include "core/train/optimizer/tensor_slot.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace thaw {

/// A stopped run's tensors and position, as last.safetensors holds them. Layers never trained are not among
/// them: they are the base's, which is named by its hash.
struct Checkpoint
{
    TrainState state;
    std::string baseHash;              ///< of the base that the run started from
    std::vector<NamedTensor> weights;  ///< head and every base layer trained so far
    std::vector<TensorSlot> optimizer; ///< its state by slot; none between phases
    std::vector<NamedTensor> averages; ///< of the weights, in a phase that keeps them
    bool fromPrevious = false;         ///< `last` cannot be used, this is the one before
    std::string whyPrevious;           ///< then what is wrong with `last`
};

/// What a checkpoint must fit: see requirePossible().
struct CheckpointTerms
{
    const Recipe& recipe;
    std::size_t trainImages = 0;
};

/// Writes last.safetensors with a SHA-256 over its content, reads it back and compares before it takes the
/// last one's place; that one stays as last.previous.safetensors. At no moment is there no good one, and
/// never are there more than three files. What a process that was killed leaves of it goes with the next one,
/// and with removeLeftovers().
/// @throws Error WriteFailed, DiskFull
void writeCheckpoint(const RunFiles& files, Checkpoint checkpoint);

/// `last`, or the one before it where that is damaged, has lost its SHA-256 or, with terms, has a position
/// that is not possible.
/// @throws Error RunInvalid when neither can be used, naming why
Checkpoint loadCheckpoint(const RunFiles& files, const std::optional<CheckpointTerms>& terms = {});

/// Whether there is any file that loadCheckpoint would look at.
bool hasCheckpoint(const RunFiles& files);

} // namespace thaw

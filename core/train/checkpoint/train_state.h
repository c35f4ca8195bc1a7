#pragma once

#include "core/experiment/metrics.h"
#include "core/experiment/recipe.h"
#include "core/train/optimizer/loss_scale.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace thaw {

/// Where a run stands between two batches: with the tensors, all that exact resuming needs. There is no
/// generator to save: order, augmentation and dropout are functions of (seed, phase, epoch, step).
struct TrainState
{
    int phase = 1;         ///< from 1; one past the last when only the test remains
    int epoch = 1;         ///< from 1, the one in progress
    std::int64_t step = 0; ///< batches of that epoch done; all of them when only its validation remains
    double lossSum = 0;    ///< over the epoch's pictures so far
    std::int64_t correct = 0;
    std::int64_t images = 0;
    double epochSeconds = 0;    ///< spent on the epoch so far
    double trainingSeconds = 0; ///< of those, on training batches
    double totalSeconds = 0;    ///< of the whole run, over all sessions
    double waitedSeconds = 0;   ///< of those, waiting for pictures
    std::int64_t partSize = 0;  ///< pictures computed at once, see PartSize; 0: whole batches
    LossScale lossScale;        ///< where layers train in float16
    /// Steps of the phase in the average of its weights: fewer than were done where float16 left some out.
    /// None in checkpoints of versions that did not note it.
    std::optional<std::int64_t> averagedSteps;
    /// Steps of the phase that the optimizer took: Adam's t. None in checkpoints of versions that had RMSprop
    /// alone, which needs no count.
    std::optional<std::int64_t> optimizerSteps;
    /// Of the phase's rules, by their names: see EpochRule.
    std::map<std::string, std::map<std::string, double>> rules;
    std::vector<EpochMetrics> history;
    std::vector<BestEpoch> best; ///< one for each phase begun
    std::int64_t steps = 0;      ///< of an epoch; 0 where it was not noted
    /// What the pictures of both splits hold, as a hash: those that the epoch's sums and the best epochs are
    /// over. Empty where it was not noted.
    std::string trainPictures;
    std::string validationPictures;

    /// Epochs that earlier phases really did, and the epoch's number in the run, from 1: a phase may have
    /// ended before its last one.
    int epochsBefore() const;
    int epochOfRun() const { return epochsBefore() + epoch; }
    /// The epoch in hand has done nothing yet.
    void beginEpoch()
    {
        step = 0;
        lossSum = 0;
        correct = 0;
        images = 0;
        epochSeconds = 0;
        trainingSeconds = 0;
    }
};

/// JSON that reads back to the same numbers, bit for bit.
std::string formatTrainState(const TrainState& state);
/// @throws Error RunInvalid
TrainState parseTrainState(const std::string& json);

/// A position that no run of the recipe can have had is a mistake, or somebody's mischief.
/// @param trainImages that the run had, for states that do not note their steps; 0: not known
/// @throws Error RunInvalid that says what is impossible
void requirePossible(const TrainState& state, const Recipe& recipe, std::size_t trainImages);

} // namespace thaw

#pragma once

#include "core/experiment/metrics.h"
#include "core/experiment/run_record.h"

#include <filesystem>
#include <string>

namespace thaw {

/// What the trainer is busy with.
enum class TrainStage {
    Preparing, ///< what frozen layers give for validation pictures, once
    Storing,   ///< the same for views of training pictures, see augmentation.views
    Training,
    Validating,
    Testing,
};

/// Where a run stands; at most about ten a second.
struct BatchProgress
{
    TrainStage stage = TrainStage::Training;
    int phase = 1; ///< from 1
    int phases = 2;
    int epoch = 1;  ///< from 1 in the phase
    int epochs = 1; ///< of the phase
    int step = 0;   ///< batches done in this stage of the epoch
    int steps = 0;
    double loss = 0; ///< running mean of the epoch so far
    double accuracy = 0;
    double imagesPerSecond = 0;
    double fractionDone = 0; ///< of the whole run, 0–1
    double secondsLeft = -1; ///< of the whole run; −1: not known yet
};

/// Facts about a run, sent once at its start.
struct RunStarted
{
    std::filesystem::path folder;
    RunRecord record;
    bool resumed = false;
};

enum class MessageLevel { Info, Warning };

/// Told about a run by the thread that trains. Must return quickly and must not throw; is asked nothing.
class TrainObserver
{
public:
    virtual ~TrainObserver() = default;
    virtual void runStarted(const RunStarted&) {}
    virtual void messageGiven(MessageLevel, const std::string&) {}
    /// A warning given before, in the same words, no longer holds.
    virtual void warningEnded(const std::string&) {}
    virtual void batchDone(const BatchProgress&) {}
    virtual void epochDone(const EpochMetrics&, bool isBest) { (void)isBest; }
};

} // namespace thaw

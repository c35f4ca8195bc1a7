#pragma once

#include "core/experiment/run_record.h"
#include "ui/text/error_text.h"

#include <filesystem>
#include <optional>

namespace thaw::ui {

/// Where the training of a window stands.
enum class TrainingState {
    Idle,
    Preparing, ///< pictures and weights: there is no run yet
    Training,
    Pausing,  ///< the batch in hand is being finished
    Stopping, ///< as well
    Paused    ///< the run is saved and keeps its place
};

/// A training is under way: all but Idle and Paused.
constexpr bool isActive(TrainingState state)
{
    return state != TrainingState::Idle && state != TrainingState::Paused;
}

/// How a training ended. Without record and failure it was stopped before there was anything to tell.
struct RunOutcome
{
    std::filesystem::path folder; ///< empty: there is no run
    bool isNew = false;           ///< started, not gone on with
    bool isPaused = false;
    bool wasHalted = false; ///< somebody asked it to pause or stop
    bool hasCheckpoint = false;
    std::optional<RunRecord> record;
    std::optional<ErrorReport> failure; ///< before there was a record
};

} // namespace thaw::ui

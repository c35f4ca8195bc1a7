#pragma once

#include "core/experiment/metrics.h"
#include "core/experiment/run_record.h"
#include "core/run/notice.h"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace thaw {

/// What the trainer is busy with.
enum class TrainStage {
    Preparing, ///< the features of validation pictures, once
    Storing,   ///< those of views of training pictures, see augmentation.views
    Training,
    Validating,
    Testing,
};

const char* nameOf(TrainStage stage); ///< "preparing", "storing", …
std::optional<TrainStage> trainStageFromName(std::string_view name);

/// Of the lines; a reader of an older version leaves out events, codes and keys that it does not know.
inline constexpr int runEventVersion = 1;
/// Longer lines are no events: a record with its list of pictures left out is far shorter.
inline constexpr std::size_t runEventLineLimit = 64 << 20;

/// What a run is, told once as it starts.
struct RunStarted
{
    std::filesystem::path folder;
    RunRecord record;
    bool resumed = false;
    int version = runEventVersion; ///< of the program that tells it
};

/// A notice given before no longer holds.
struct NoticeEnded
{
    NoticeCode code = NoticeCode::RunNeeds;
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

struct EpochDone
{
    EpochMetrics metrics;
    bool isBest = false; ///< the best of its phase so far
};

/// A run has ended, in one of finished, stopped or failed. Told by whoever ran it, as the last event.
struct RunEnded
{
    std::filesystem::path folder;
    RunRecord record;
    bool hasCheckpoint = false; ///< there is something to go on from
};

/// All that happens in a run, as values: what the printer and the window show, and what `train --json`
/// writes, so that a run in another process can be watched by the same code.
using RunEvent = std::variant<RunStarted, Notice, NoticeEnded, BatchProgress, EpochDone, RunEnded>;

/// One line of JSON, without its end: see docs/events.md. Numbers that are none become null.
/// @param text a notice's words, for readers that have none of their own
std::string toJsonLine(const RunEvent& event, const std::string& text = {});

/// Reads such a line, whoever wrote it. Nothing for an event, a code or a stage that this version does not
/// know.
/// @throws Error RunInvalid for what is no event
std::optional<RunEvent> parseRunEvent(std::string_view line);

} // namespace thaw

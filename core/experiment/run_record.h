#pragma once

#include "core/experiment/metrics.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace thaw {

enum class RunState { Running, Finished, Stopped, Failed };

const char* nameOf(RunState state); ///< "running", "finished", "stopped", "failed"

/// A picture that was left out, and why.
struct ExcludedImage
{
    std::string path;
    std::string reason;

    bool operator==(const ExcludedImage&) const = default;
};

/// The test result, or validation's where there is no test split.
struct TestResult
{
    std::string split; ///< "test" or "validation"
    Score score;
    int phase = 0; ///< whose best weights were tested
    /// Pictures that the split had, of which score.images were measured: others could not be read any more.
    std::size_t splitImages = 0;
    std::vector<std::string> unmeasured{}; ///< classes of which no picture was measured
    // In the order of RunRecord::classes; empty in older runs.
    std::vector<std::size_t> imagesByClass{};  ///< pictures measured
    std::vector<std::size_t> correctByClass{}; ///< of these, answered rightly
};

/// A learning rate that was changed within a run.
struct RateChange
{
    int phase = 1;     ///< from 1: of this one and all after it
    int epoch = 1;     ///< in progress then
    double factor = 1; ///< on what the recipe said before

    bool operator==(const RateChange&) const = default;
};

/// What the recipe asked for where recipe.json holds what became of it: "auto" or a name, 0 for the machine's
/// own number of threads.
struct AskedSettings
{
    std::string device;
    std::string precision;
    std::string trainedPrecision;
    int threads = 0;

    bool operator==(const AskedSettings&) const = default;
};

/// run.json: what a run was and how it ended. recipe.json holds what decides the result, history.csv the
/// curves.
struct RunRecord
{
    int version = 1;
    RunState state = RunState::Running;
    std::string name; ///< shown in lists; by default the folder's
    std::string notes;
    std::string startedAt;     ///< ISO 8601, UTC
    std::string endedAt;       ///< empty while running
    double trainedSeconds = 0; ///< over all sessions
    std::string thawVersion;
    std::string torchVersion;
    std::string onednnVersion;
    std::string machine;   ///< processor or device name
    std::string device;    ///< as used: "cpu", "cuda:0"
    std::string precision; ///< as used by the frozen layers: "float32", "bfloat16", "float16"
    int threads = 0;
    std::optional<AskedSettings> asked; ///< absent in older runs
    std::string datasetPath;            ///< as scanned, absolute
    std::string datasetFingerprint;
    std::vector<std::string> classes;
    std::array<std::vector<std::size_t>, 3> counts; ///< train, validation, test: pictures by class
    std::vector<ExcludedImage> excluded;
    std::string weightsSource;
    std::string weightsHash;
    std::string featureBank;     ///< key of the stored views trained on; empty without
    std::string weightsInput;    ///< its input convention, as formulaOf(); empty where it is not known
    std::vector<BestEpoch> best; ///< one for each phase that has finished an epoch
    std::optional<TestResult> test;
    bool finishedEarly = false; ///< a stopped run, finished as it was: see ResumeOptions::finishNow
    std::vector<RateChange> rateChanges;
    double networkWaitShare = 0; ///< share of training time that the network waited for pictures
    std::string error;           ///< why it failed; empty otherwise
    std::string errorCode;       ///< nameOf(ErrorCode) of that; empty otherwise
    std::string unknownKeys;     ///< JSON object; survives a rewrite
};

/// The one definition of a run's best epoch: the one whose weights best.safetensors holds. It is the lowest
/// validation loss of the latest phase that has finished an epoch, which need be neither the lowest nor the
/// highest accuracy of the run. Null before the first epoch has ended.
const BestEpoch* keptEpoch(const RunRecord& record);
/// Pictures that a best epoch's validation accuracy is over: as noted, else the run's validation split.
std::int64_t validationImages(const RunRecord& record, const BestEpoch& best);
/// The validation accuracy of those weights; not-a-number without them, or without validation pictures.
double keptValAccuracy(const RunRecord& record);

} // namespace thaw

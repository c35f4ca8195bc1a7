#include "core/run/run_weights.h"

#include "core/base/error.h"
#include "core/model/weights/format/safetensors_file.h"

#include <optional>
#include <system_error>

namespace thaw {

namespace {

/// As the file itself notes it, which is not looked into; empty where it does not, nothing where it cannot be
/// read.
std::optional<std::string> hashNotedIn(const std::filesystem::path& file)
{
    try {
        return readSafetensorsMetadata(file)[contentHashKey];
    } catch (const Error&) {
        return std::nullopt;
    }
}

/// Empty where the record says nothing that the file has to agree with.
std::string hashExpected(const RunRecord& record, const BestEpoch& best)
{
    return record.endedAt.empty() || best.epoch == 0 ? std::string() : best.contentHash;
}

} // namespace

ModelWeights readBestWeights(const SavedRun& run)
{
    const std::filesystem::path file = RunFiles{run.folder}.best();
    std::error_code ignored;
    if (!std::filesystem::exists(file, ignored)) {
        throw Error(ErrorCode::RunInvalid, run.folder, "this run has finished no epoch, so it has no weights",
                    "go on with it first", Remedy::ResumeRun);
    }
    ModelWeights model = readModelWeights(file);
    const BestEpoch* kept = keptEpoch(run.record);
    const std::string expected = kept ? hashExpected(run.record, *kept) : std::string();
    if (!expected.empty() && model.contentHash != expected) {
        throw Error(ErrorCode::RunInvalid, file,
                    "is not the file that this run wrote, but another model's: its SHA-256 is not the one in "
                    "run.json",
                    "put the run's own file back; given by its own name the file is taken as it is");
    }
    return model;
}

std::vector<std::string> exchangedWeights(const SavedRun& run)
{
    std::vector<std::string> names;
    for (const BestEpoch& best : run.record.best) {
        const std::filesystem::path file = RunFiles{run.folder}.phase(best.phase);
        const std::string expected = hashExpected(run.record, best);
        const std::optional<std::string> noted = expected.empty() ? std::nullopt : hashNotedIn(file);
        if (noted && *noted != expected) {
            names.push_back(file.filename().string());
        }
    }
    return names;
}

void noteWeightsThere(const RunFiles& files, std::vector<BestEpoch>& best)
{
    for (BestEpoch& each : best) {
        if (each.epoch > 0) {
            each.contentHash = hashNotedIn(files.phase(each.phase)).value_or("");
        }
    }
}

} // namespace thaw

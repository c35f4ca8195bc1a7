#include "ui/jobs/interrupted_run_job.h"

#include "core/base/error.h"
#include "core/run/run_record_json.h"
#include "core/run/run_store.h"
#include "ui/session.h"
#include "ui/text/plain_text.h"

#include <optional>
#include <system_error>

namespace thaw::ui {

namespace {

/// Folders under the root whose record says "running", whatever became of them.
QStringList cutOffRuns(const std::filesystem::path& root)
{
    QStringList folders;
    std::error_code error;
    std::filesystem::directory_iterator entry(root, error);
    for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
        try {
            if (isRunFolder(entry->path()) &&
                readRunRecord(RunFiles{entry->path()}.record()).state == RunState::Running) {
                folders << toText(entry->path());
            }
        } catch (const Error&) {
            // The Runs page lists it with the reason.
        }
    }
    return folders;
}

/// The run as it is now, if it can go on.
std::optional<SavedRun> loadStopped(const QString& folder)
{
    try {
        SavedRun run = loadRun(toPath(folder));
        return run.record.state == RunState::Stopped ? std::optional(std::move(run)) : std::nullopt;
    } catch (const Error&) {
        return std::nullopt;
    }
}

InterruptedRun describe(const SavedRun& run)
{
    InterruptedRun result{toText(run.folder), plainLine(run.record.name), 1, 1};
    if (result.name.isEmpty()) {
        result.name = plainLine(run.folder.filename().native());
    }
    if (!run.history.empty()) {
        const EpochMetrics& last = run.history.back();
        const auto phases = static_cast<int>(run.recipe.phases.size());
        const bool phaseDone = last.epoch >= run.recipe.phases[std::size_t(last.phase - 1)].epochs;
        result.phase = phaseDone && last.phase < phases ? last.phase + 1 : last.phase;
        result.epoch = phaseDone && last.phase < phases ? 1 : last.epoch + (phaseDone ? 0 : 1);
    }
    return result;
}

} // namespace

InterruptedRunJob::InterruptedRunJob(QObject* parent) : JobThread(parent)
{
    qRegisterMetaType<InterruptedRun>();
}

InterruptedRunJob::~InterruptedRunJob()
{
    stopAndWait();
}

bool InterruptedRunJob::find(const std::filesystem::path& root, const QStringList& unfinished,
                             const QStringList& dismissed)
{
    return start([this, root, unfinished, dismissed](const std::stop_token& stop) {
        std::optional<SavedRun> newest;
        for (const QString& folder : cutOffRuns(root) + unfinished) {
            if (stop.stop_requested()) {
                return;
            }
            std::optional<SavedRun> run = dismissed.contains(folder) ? std::nullopt : loadStopped(folder);
            if (run && (!newest || run->record.startedAt > newest->record.startedAt)) {
                newest = std::move(run);
            }
        }
        if (newest) {
            Q_EMIT found(describe(*newest));
        }
    });
}

} // namespace thaw::ui

#include "ui/jobs/run_list_job.h"

#include "core/base/error.h"
#include "core/train/checkpoint/checkpoint_file.h"

#include <algorithm>
#include <system_error>
#include <utility>

namespace thaw::ui {

namespace {

KeptFiles keptFilesOf(const RunListing& listing)
{
    KeptFiles kept;
    for (const SavedRun& run : listing.runs) {
        const RunFiles files{run.folder};
        std::error_code ignored;
        if (std::filesystem::exists(files.best(), ignored)) {
            kept.best.insert(run.folder);
        }
        if (std::filesystem::exists(files.evaluation(), ignored)) {
            kept.evaluations.insert(run.folder);
        }
        if (hasCheckpoint(files)) {
            kept.checkpoints.insert(run.folder);
        }
    }
    return kept;
}

} // namespace

RunListJob::RunListJob(QObject* parent) : JobThread(parent)
{
    qRegisterMetaType<RunListingPointer>();
    qRegisterMetaType<KeptFiles>();
}

RunListJob::~RunListJob()
{
    stopAndWait();
}

bool RunListJob::list(const std::filesystem::path& root, const std::filesystem::path& extra)
{
    return start([this, root, extra](const std::stop_token&) {
        RunListing runs = listRuns(root);
        const auto isExtra = [&](const auto& run) { return run.folder == extra; };
        if (!extra.empty() && std::none_of(runs.runs.begin(), runs.runs.end(), isExtra) &&
            std::none_of(runs.broken.begin(), runs.broken.end(), isExtra))
        {
            try {
                runs.runs.insert(runs.runs.begin(), loadRun(extra));
            } catch (const Error& error) {
                runs.broken.push_back({extra, error.what()});
            }
        }
        const KeptFiles kept = keptFilesOf(runs);
        Q_EMIT listed(std::make_shared<const RunListing>(std::move(runs)), kept);
    });
}

} // namespace thaw::ui

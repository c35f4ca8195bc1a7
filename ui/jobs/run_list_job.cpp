#include "ui/jobs/run_list_job.h"

#include "core/base/error.h"

#include <algorithm>
#include <utility>

namespace thaw::ui {

RunListJob::RunListJob(QObject* parent) : JobThread(parent)
{
    qRegisterMetaType<RunListingPointer>();
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
        Q_EMIT listed(std::make_shared<const RunListing>(std::move(runs)));
    });
}

} // namespace thaw::ui

#include "ui/jobs/export_job.h"

#include "core/run/run_weights.h"
#include "ui/session.h"

namespace thaw::ui {

ExportJob::ExportJob(QObject* parent) : JobThread(parent)
{
    setKept(true);
}

ExportJob::~ExportJob()
{
    stopAndWait();
}

bool ExportJob::exportRun(const std::filesystem::path& run, const Exporter& exporter,
                          const std::filesystem::path& file)
{
    return start([this, run, &exporter, file](const std::stop_token& stop) {
        const ModelWeights model = readBestWeights(loadRun(run));
        if (stop.stop_requested()) {
            return;
        }
        exportModel(model, exporter, file);
        Q_EMIT exported(toText(file));
    });
}

} // namespace thaw::ui

#include "ui/jobs/export_job.h"

#include "core/export/export_facts.h"
#include "core/run/model_source.h"
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
        const ModelSource source = openModel(run);
        if (stop.stop_requested()) {
            return;
        }
        exportModel(source.model, exporter, file, exportFactsOf(source));
        Q_EMIT exported(toText(file));
    });
}

} // namespace thaw::ui

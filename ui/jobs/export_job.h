#pragma once

#include "core/export/export.h"
#include "ui/jobs/job_thread.h"

#include <filesystem>

namespace thaw::ui {

/// Writes a run's best weights into a file for other programs.
class ExportJob : public JobThread
{
    Q_OBJECT

public:
    explicit ExportJob(QObject* parent = nullptr);
    ~ExportJob() override;

    /// False, and nothing happens, while an export runs.
    bool exportRun(const std::filesystem::path& run, const Exporter& exporter,
                   const std::filesystem::path& file);

Q_SIGNALS:
    void exported(const QString& file);
};

} // namespace thaw::ui

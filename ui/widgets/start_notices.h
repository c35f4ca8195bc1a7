#pragma once

#include "ui/jobs/interrupted_run_job.h"

#include <QWidget>

#include <filesystem>

namespace thaw::ui {

class MessageBanner;

/// What the window says once as it starts, above all pages: that the program crashed, and that a run was
/// interrupted. Hidden as long as there is nothing.
class StartNotices : public QWidget
{
    Q_OBJECT

public:
    explicit StartNotices(QWidget* parent = nullptr);

    /// Looks for both, the run on a thread of its own.
    void look(const std::filesystem::path& runsRoot);
    /// A run goes on: what is said about it no longer holds.
    void forgetRun(const QString& folder);

Q_SIGNALS:
    void continueRequested(const QString& folder);
    void showRequested(const QString& folder);

protected:
    bool event(QEvent* event) override;

private:
    void showCrash();
    void showRun(const InterruptedRun& run);

    InterruptedRunJob* m_job;
    MessageBanner* m_crash;
    MessageBanner* m_interrupted;
    QString m_folder; ///< of the run told about
};

} // namespace thaw::ui

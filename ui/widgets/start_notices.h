#pragma once

#include "ui/jobs/interrupted_run_job.h"

#include <QWidget>

#include <filesystem>

namespace thaw::ui {

class MessageBanner;

/// What the window says once as it starts, above all pages: that the program crashed, that a run was
/// interrupted, and that a data set was not opened again. Hidden as long as there is nothing.
class StartNotices : public QWidget
{
    Q_OBJECT

public:
    explicit StartNotices(QWidget* parent = nullptr);

    /// Looks for both, the run on a thread of its own.
    void look(const std::filesystem::path& runsRoot);
    /// A run goes on: what is said about it no longer holds.
    void forgetRun(const QString& folder);
    /// The program ended again and again while it looked through this data set.
    void tellUnopened(const QString& dataset);

Q_SIGNALS:
    void continueRequested(const QString& folder);
    void showRequested(const QString& folder);
    void openRequested(const QString& dataset);

protected:
    bool event(QEvent* event) override;

private:
    void showCrash();
    void showRun(const InterruptedRun& run);

    InterruptedRunJob* m_job;
    MessageBanner* m_crash;
    MessageBanner* m_interrupted;
    MessageBanner* m_unopened;
    QString m_folder;  ///< of the run told about
    QString m_dataset; ///< not opened
};

} // namespace thaw::ui

#pragma once

#include "ui/jobs/job_thread.h"

#include <QMetaType>
#include <QStringList>

#include <filesystem>

namespace thaw::ui {

/// A run that was cut off, and where.
struct InterruptedRun
{
    QString folder;
    QString name;
    int phase = 1; ///< from 1
    int epoch = 1; ///< from 1 in the phase: the one that was not finished
};

/// Looks for the newest run that could go on and that nobody chose to stop: its record says it is running
/// though no living process trains it, or it is among those that a window left unfinished.
class InterruptedRunJob : public JobThread
{
    Q_OBJECT

public:
    explicit InterruptedRunJob(QObject* parent = nullptr);
    ~InterruptedRunJob() override;

    /// @param unfinished folders, also outside the root @param dismissed folders not to be found
    bool find(const std::filesystem::path& root, const QStringList& unfinished, const QStringList& dismissed);

Q_SIGNALS:
    void found(const thaw::ui::InterruptedRun& run);
};

} // namespace thaw::ui

Q_DECLARE_METATYPE(thaw::ui::InterruptedRun)

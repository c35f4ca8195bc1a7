#pragma once

#include "ui/jobs/job_thread.h"

namespace thaw::ui {

/// Gets the data set to try the program with. After obtain(): obtained() or failed(), or neither when
/// stopped; then finished().
class SampleJob : public JobThread
{
    Q_OBJECT

public:
    explicit SampleJob(QObject* parent = nullptr);
    ~SampleJob() override;

    bool obtain();

Q_SIGNALS:
    /// @param note what it is, one sentence
    void obtained(const QString& folder, const QString& note);
};

} // namespace thaw::ui

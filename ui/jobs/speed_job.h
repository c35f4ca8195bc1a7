#pragma once

#include "core/experiment/recipe.h"
#include "ui/jobs/job_thread.h"
#include "ui/session.h"

#include <QElapsedTimer>
#include <QHash>

namespace thaw::ui {

/// Knows how fast the machine computes in a recipe's arithmetic: measures it when asked, and anew when asked
/// more than a minute later, for it may have been busy.
class SpeedJob : public JobThread
{
    Q_OBJECT

public:
    explicit SpeedJob(SpeedMeasure measure, QObject* parent = nullptr);
    ~SpeedJob() override;

    /// Unknown at first: then it is measured, and known() tells. Stays so for a device that cannot be used.
    ComputeSpeed speed(const Recipe& recipe);

Q_SIGNALS:
    void known();

private:
    struct Measured
    {
        ComputeSpeed speed;
        QElapsedTimer since;
    };
    SpeedMeasure m_measure;
    QHash<QString, Measured> m_speeds; ///< by arithmetic
};

} // namespace thaw::ui

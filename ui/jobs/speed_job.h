#pragma once

#include "core/experiment/recipe.h"
#include "ui/jobs/job_thread.h"

#include <QElapsedTimer>
#include <QHash>

namespace thaw::ui {

/// Knows how fast the machine computes in a recipe's arithmetic (see measureSpeed()): measures it when asked,
/// and anew when asked more than a minute later, for it may have been busy.
class SpeedJob : public JobThread
{
    Q_OBJECT

public:
    explicit SpeedJob(QObject* parent = nullptr);
    ~SpeedJob() override;

    /// Multiply-adds a second; 0 while that is not known: then it is measured, and known() tells. Stays 0 for
    /// a device that cannot be used.
    double speed(const Recipe& recipe);

Q_SIGNALS:
    void known();

private:
    struct Measured
    {
        double speed = 0;
        QElapsedTimer since;
    };
    QHash<QString, Measured> m_speeds; ///< by arithmetic
};

} // namespace thaw::ui

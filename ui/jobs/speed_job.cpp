#include "ui/jobs/speed_job.h"

#include "core/train/run_time.h"

#include <memory>

namespace thaw::ui {

SpeedJob::SpeedJob(QObject* parent) : JobThread(parent) {}

SpeedJob::~SpeedJob()
{
    stopAndWait();
}

double SpeedJob::speed(const Recipe& recipe)
{
    const QString arithmetic = QString::fromStdString(recipe.device + ' ' + nameOf(recipe.precision));
    if (m_speeds.contains(arithmetic) || isRunning()) {
        return m_speeds.value(arithmetic);
    }
    const auto result = std::make_shared<double>(0);
    connect(
        this, &JobThread::finished, this,
        [this, arithmetic, result] {
            m_speeds.insert(arithmetic, *result);
            Q_EMIT known();
        },
        Qt::SingleShotConnection);
    start([recipe, result](const std::stop_token& stop) { *result = measureSpeed(recipe, stop); });
    return 0;
}

} // namespace thaw::ui

#include "ui/jobs/speed_job.h"

#include <memory>
#include <utility>

namespace thaw::ui {

namespace {

constexpr qint64 goodForMs = 60'000;

} // namespace

SpeedJob::SpeedJob(SpeedMeasure measure, QObject* parent) : JobThread(parent), m_measure(std::move(measure))
{
}

SpeedJob::~SpeedJob()
{
    stopAndWait();
}

ComputeSpeed SpeedJob::speed(const Recipe& recipe)
{
    const QString arithmetic = QString::fromStdString(recipe.device + ' ' + nameOf(recipe.precision) + ' ' +
                                                      nameOf(recipe.trainedPrecision));
    const Measured last = m_speeds.value(arithmetic);
    if (isRunning() || (last.since.isValid() && !last.since.hasExpired(goodForMs))) {
        return last.speed;
    }
    const auto result = std::make_shared<ComputeSpeed>();
    connect(
        this, &JobThread::finished, this,
        [this, arithmetic, result] {
            Measured& measured = m_speeds[arithmetic];
            measured.speed = *result;
            measured.since.start();
            Q_EMIT known();
        },
        Qt::SingleShotConnection);
    start([measure = m_measure, recipe, result](const std::stop_token& stop) {
        *result = measure(recipe, stop);
    });
    return last.speed;
}

} // namespace thaw::ui

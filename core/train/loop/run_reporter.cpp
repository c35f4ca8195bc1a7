#include "core/train/loop/run_reporter.h"

#include <algorithm>

namespace thaw {

RunReporter::RunReporter(const RunPlan& plan, const ComputeSpeed& speed, RunRecord& record,
                         TrainObserver& observer)
    : m_plan(plan), m_meter(plan, speed), m_record(record), m_observer(observer)
{
    for (const ExcludedImage& image : record.excluded) {
        m_leftOut.emplace(image.path, image.reason);
    }
}

void RunReporter::progress(const TrainState& state, TrainStage stage, int step, int steps)
{
    if (!m_meter.due() && step != steps) {
        return;
    }
    BatchProgress progress;
    progress.stage = stage;
    progress.phases = static_cast<int>(m_plan.phases.size());
    progress.phase = std::min(state.phase, progress.phases);
    progress.epochs = m_plan.phase(state.phase).settings.epochs;
    progress.epoch = std::min(state.epoch, progress.epochs);
    progress.step = step;
    progress.steps = steps;
    const auto images = static_cast<double>(std::max<std::int64_t>(1, state.images));
    progress.loss = state.lossSum / images;
    progress.accuracy = static_cast<double>(state.correct) / images;
    progress.imagesPerSecond = state.trainingSeconds > 0 ? images / state.trainingSeconds : 0;
    m_meter.fill(progress, state, steps > 0 ? static_cast<double>(step) / steps : 1);
    m_observer.batchDone(progress);
}

void RunReporter::leftOut(const std::vector<Batch::Failure>& failures)
{
    for (const Batch::Failure& failure : failures) {
        const ExcludedImage excluded{failure.error.path().string(), failure.error.detail()};
        if (!m_leftOut.emplace(excluded.path, excluded.reason).second) {
            continue;
        }
        m_record.excluded.push_back(excluded);
        // The record names them all; thousands of messages would bury all others.
        constexpr int told = 20;
        if (++m_toldLeftOut < told) {
            tell(NoticeCode::PictureLeftOut, {std::string(failure.error.what())});
        } else if (m_toldLeftOut == told) {
            tell(NoticeCode::PicturesLeftOut, {std::int64_t(told)});
        }
    }
}

} // namespace thaw

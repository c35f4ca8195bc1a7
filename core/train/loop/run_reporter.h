#pragma once

#include "core/data/input/batch_loader.h"
#include "core/experiment/run_plan.h"
#include "core/experiment/run_record.h"
#include "core/train/cost/progress_meter.h"
#include "core/train/observer.h"

#include <set>
#include <string>
#include <utility>
#include <vector>

namespace thaw {

/// Tells a run's observer how far it is and what happens, and notes pictures that are left out in the record.
class RunReporter
{
public:
    /// @param speed of the machine, for the time left; where it is not known, a typical one's
    RunReporter(const RunPlan& plan, const ComputeSpeed& speed, RunRecord& record, TrainObserver& observer);

    TrainObserver& observer() { return m_observer; }

    /// A session of training begins at the position: see ProgressMeter::start.
    void start(const TrainState& state) { m_meter.start(state); }
    /// What the stage had to compute was found stored: see ProgressMeter::skip.
    void skip(const TrainState& state, TrainStage stage) { m_meter.skip(state, stage); }
    /// At most about ten times a second, and at the end of a stage.
    /// @param step batches of `steps` done in the stage
    void progress(const TrainState& state, TrainStage stage, int step, int steps);
    void tell(NoticeCode code, std::vector<NoticeValue> arguments = {})
    {
        m_observer.noticeGiven(notice(code, std::move(arguments)));
    }
    /// Pictures that could not be read: each is noted and reported once.
    void leftOut(const std::vector<Batch::Failure>& failures);

private:
    const RunPlan& m_plan;
    ProgressMeter m_meter;
    RunRecord& m_record;
    TrainObserver& m_observer;
    std::set<std::pair<std::string, std::string>> m_leftOut; ///< path and reason, as the record has them
    int m_toldLeftOut = 0;
};

} // namespace thaw

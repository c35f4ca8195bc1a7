#include "core/experiment/run_record.h"

#include <algorithm>
#include <limits>

namespace thaw {

const char* nameOf(RunState state)
{
    switch (state) {
    case RunState::Running:
        return "running";
    case RunState::Finished:
        return "finished";
    case RunState::Stopped:
        return "stopped";
    case RunState::Failed:
        return "failed";
    }
    return "";
}

const BestEpoch* keptEpoch(const RunRecord& record)
{
    const auto latest = std::find_if(record.best.rbegin(), record.best.rend(),
                                     [](const BestEpoch& best) { return best.epoch > 0; });
    return latest == record.best.rend() ? nullptr : &*latest;
}

double keptValAccuracy(const RunRecord& record)
{
    const BestEpoch* kept = keptEpoch(record);
    return kept ? kept->valAccuracy : std::numeric_limits<double>::quiet_NaN();
}

} // namespace thaw

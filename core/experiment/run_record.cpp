#include "core/experiment/run_record.h"

#include <algorithm>
#include <limits>
#include <numeric>

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

std::int64_t validationImages(const RunRecord& record, const BestEpoch& best)
{
    const std::vector<std::size_t>& counts = record.counts[1]; // train, validation, test
    return best.images > 0
               ? best.images
               : static_cast<std::int64_t>(std::accumulate(counts.begin(), counts.end(), std::size_t(0)));
}

double keptValAccuracy(const RunRecord& record)
{
    const BestEpoch* kept = keptEpoch(record);
    return kept ? kept->valAccuracy : std::numeric_limits<double>::quiet_NaN();
}

} // namespace thaw

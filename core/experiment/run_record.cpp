#include "core/experiment/run_record.h"

#include "core/base/enum_names.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace thaw {

namespace {

constexpr EnumNames<RunState, 4> runStateNames{{{RunState::Running, "running"},
                                                {RunState::Finished, "finished"},
                                                {RunState::Stopped, "stopped"},
                                                {RunState::Failed, "failed"}}};
static_assert(isComplete(runStateNames, RunState::Failed));

} // namespace

const char* nameOf(RunState state)
{
    return nameIn(runStateNames, state);
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

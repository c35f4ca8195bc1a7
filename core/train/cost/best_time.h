#pragma once

#include <algorithm>
#include <chrono>
#include <limits>
#include <stop_token>

namespace thaw {

/// Calls `once` once unmeasured (kernels are chosen and memory is taken the first time), then at least twice
/// and for `seconds`.
/// @return seconds of the quickest call: what the machine can do, whatever else it was doing; infinite when
///         stopped before there was one
template <typename Once>
double bestTime(double seconds, const std::stop_token& stop, Once once)
{
    using Clock = std::chrono::steady_clock;
    const auto since = [](Clock::time_point start) {
        return std::chrono::duration<double>(Clock::now() - start).count();
    };
    once();
    double best = std::numeric_limits<double>::infinity();
    const auto started = Clock::now();
    for (int calls = 0; (calls < 2 || since(started) < seconds) && !stop.stop_requested(); ++calls) {
        const auto begun = Clock::now();
        once();
        best = std::min(best, since(begun));
    }
    return best;
}

} // namespace thaw

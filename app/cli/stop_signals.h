#pragma once

#include "core/base/signals.h"

#include <functional>
#include <stop_token>
#include <thread>

namespace thaw::cli {

/// Turns SIGINT, SIGTERM and SIGHUP into a request to stop. A SIGINT half a second or more after the first of
/// them leaves at once, with status 131 (StopRequests). SIGHUP stays ignored where it was (nohup). One object
/// a process.
class StopSignals
{
public:
    /// @param firstSignal called once, on a thread of its own, when the first signal has come
    explicit StopSignals(std::function<void()> firstSignal);
    ~StopSignals();
    StopSignals(const StopSignals&) = delete;
    StopSignals& operator=(const StopSignals&) = delete;

    std::stop_token token() const { return m_source.get_token(); }

private:
    StopRequests m_requests;
    std::stop_source m_source;
    std::thread m_watcher;
};

} // namespace thaw::cli

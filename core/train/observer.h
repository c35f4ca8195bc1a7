#pragma once

#include "core/run/run_event.h"

namespace thaw {

/// Told about a run by the thread that trains. Must return quickly and must not throw; is asked nothing.
class TrainObserver
{
public:
    virtual ~TrainObserver() = default;
    virtual void runStarted(const RunStarted&) {}
    virtual void noticeGiven(const Notice&) {}
    virtual void noticeEnded(NoticeCode) {}
    virtual void batchDone(const BatchProgress&) {}
    virtual void epochDone(const EpochMetrics&, bool isBest) { (void)isBest; }
};

} // namespace thaw

#pragma once

#include "ui/jobs/job_thread.h"

#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace thaw::ui {

/// A small question to a disk, which may be slow to answer or never do: `work` is done on a thread of its
/// own, and in the window's thread `then` is told the answer, or `fail` what `work` threw. (Who connected to
/// failed() afterwards would be too late for a quick failure.) The job is a child of `context` and deletes
/// itself; it may be abandoned.
template <typename Work, typename Then>
JobThread* runErrand(
    QObject* context, Work work, Then then,
    std::function<void(const ErrorReport&)> fail = [](const ErrorReport&) {})
{
    auto* job = new JobThread(context);
    const auto answer = std::make_shared<std::optional<decltype(work())>>();
    QObject::connect(job, &JobThread::finished, context, [job, answer, then = std::move(then)] {
        job->deleteLater();
        if (*answer) {
            then(**answer);
        }
    });
    QObject::connect(job, &JobThread::failed, context, std::move(fail));
    job->start([answer, work = std::move(work)](const std::stop_token&) { *answer = work(); });
    return job;
}

} // namespace thaw::ui

#pragma once

#include "ui/jobs/job_thread.h"

#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace thaw::ui {

/// A small question to a disk, which may be slow to answer or never do: `work` is done on a thread of its
/// own, `then` is told the answer in the window's thread, unless `work` threw: connect to failed() for that.
/// The job is a child of `context` and deletes itself; it may be abandoned.
template <typename Work, typename Then>
JobThread* runErrand(QObject* context, Work work, Then then)
{
    auto* job = new JobThread(context);
    const auto answer = std::make_shared<std::optional<decltype(work())>>();
    QObject::connect(job, &JobThread::finished, context, [job, answer, then = std::move(then)] {
        job->deleteLater();
        if (*answer) {
            then(**answer);
        }
    });
    job->start([answer, work = std::move(work)](const std::stop_token&) { *answer = work(); });
    return job;
}

} // namespace thaw::ui

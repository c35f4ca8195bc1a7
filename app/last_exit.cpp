#include "app/last_exit.h"

#include "ui/jobs/job_thread.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>

namespace thaw {

namespace {

constexpr std::chrono::seconds readingPatience(3);

void onExit(int status, void*)
{
    endWell(status);
}

/// Objects of the thread that calls exit() go before all static ones. What on_exit() registers comes too late
/// for those that were made after it, as libraries make theirs in the middle of a training.
struct ThreadsLastObject
{
    ~ThreadsLastObject() { endWell(EXIT_FAILURE); }
};

} // namespace

void saveAtExit()
{
    static thread_local const ThreadsLastObject ofMainThread;
    on_exit(onExit, nullptr); // where another thread calls exit()
}

int endWell(int status)
{
    if (!ui::JobThread::stopAll(readingPatience)) {
        std::fflush(nullptr);
        std::_Exit(status);
    }
    return status;
}

} // namespace thaw

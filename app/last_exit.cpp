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

} // namespace

void saveAtExit()
{
    // Called before what was registered earlier and before static objects go, while all is still in place.
    on_exit(onExit, nullptr);
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

#include "core/base/signals.h"

#include <csignal>
#include <ctime>

namespace thaw {

bool StopRequests::isInsisted(int signal) noexcept
{
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return isInsisted(signal, std::int64_t(now.tv_sec) * 1'000'000'000 + now.tv_nsec);
}

bool StopRequests::isInsisted(int signal, std::int64_t nanoseconds) noexcept
{
    std::int64_t first = 0;
    if (m_first.compare_exchange_strong(first, nanoseconds)) {
        return false;
    }
    return signal == SIGINT && nanoseconds - first >= oneRequestNanoseconds;
}

void reportFailedWrites()
{
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);
}

} // namespace thaw

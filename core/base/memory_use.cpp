#include "core/base/memory_use.h"

#include "core/base/error.h"

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>
#include <sys/resource.h>

namespace thaw {

namespace {

/// The value of the line "name: VALUE kB" of a file of /proc, in bytes; 0 without such a line.
double bytesIn(const char* file, const std::string& name)
{
    std::ifstream lines(file);
    for (std::string word; lines >> word; lines.ignore(std::numeric_limits<std::streamsize>::max(), '\n')) {
        if (word == name + ":") {
            double kibibytes = 0;
            lines >> kibibytes;
            return 1024 * kibibytes;
        }
    }
    return 0;
}

constexpr const char* status = "/proc/self/status";
const double atStart = bytesIn(status, "RssAnon");

} // namespace

double peakOwnMemory()
{
    return std::max(0.0, bytesIn(status, "VmHWM") - bytesIn(status, "RssFile"));
}

double ownMemoryAtStart()
{
    return atStart;
}

double availableMemory()
{
    return bytesIn("/proc/meminfo", "MemAvailable");
}

void requireStack()
{
    constexpr rlim_t needed = 1024 * 1024;
    rlimit limit{};
    if (getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur < needed) {
        throw Error(ErrorCode::OutOfMemory, {},
                    "the stack may be " + std::to_string(limit.rlim_cur / 1024) +
                        " KiB large, and at least " + std::to_string(needed / 1024) + " are needed",
                    "raise the limit: ulimit -s 8192");
    }
}

} // namespace thaw

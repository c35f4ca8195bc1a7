#include "core/base/memory_use.h"

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>

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

} // namespace thaw

#include "core/base/timestamp.h"

#include <ctime>

namespace thaw {

std::string timeText(const char* format, bool local)
{
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    local ? localtime_r(&now, &parts) : gmtime_r(&now, &parts);
    char text[64];
    return {text, std::strftime(text, sizeof text, format, &parts)};
}

std::string timestampNow()
{
    return timeText("%Y-%m-%dT%H:%M:%SZ", false);
}

} // namespace thaw

#pragma once

#include <string>

namespace thaw {

/// Now, as ISO 8601 in UTC ("2026-11-23T14:05:09Z").
std::string timestampNow();

/// Now, by a format of strftime().
/// @param local by the machine's own time zone, else UTC
std::string timeText(const char* format, bool local);

} // namespace thaw

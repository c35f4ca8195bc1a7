#pragma once

#include <cstdint>
#include <functional>

namespace thaw {

/// How far a job is. `total` 0 means unknown.
struct Progress
{
    std::int64_t done = 0;
    std::int64_t total = 0;

    bool operator==(const Progress&) const = default;
};

/// Called from the thread that does the work, at most about ten times a second and once at the end.
using ProgressCallback = std::function<void(const Progress&)>;

} // namespace thaw

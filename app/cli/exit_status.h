#pragma once

#include "core/base/error.h"

namespace thaw::cli {

inline constexpr int exitDone = 0;
inline constexpr int exitFailed = 1;
inline constexpr int exitUsage = 2;
inline constexpr int exitInput = 3;
inline constexpr int exitMachine = 4;
inline constexpr int exitStopped = 130; ///< everything saved; 131, left at once, is core's exitLeftAtOnce

constexpr int exitStatusOf(ErrorKind kind)
{
    switch (kind) {
    case ErrorKind::Usage:
        return exitUsage;
    case ErrorKind::Input:
        return exitInput;
    case ErrorKind::Machine:
        return exitMachine;
    case ErrorKind::Failed:
        break;
    }
    return exitFailed;
}

} // namespace thaw::cli

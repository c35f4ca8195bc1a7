#pragma once

#include <filesystem>

namespace thaw {

/// From now on a crash (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, std::terminate) leaves
/// FOLDER/crash-TIME-PID.log, with version, cause, the run in training and the stack, and then takes the
/// system's course. A folder that cannot be made means no log. Once in a program, before its threads start.
void installCrashLog(const std::filesystem::path& folder);

/// What a crash log names as the run in training; an empty path: none. Cut at about a thousand bytes.
void noteTrainingRun(const std::filesystem::path& run);

} // namespace thaw

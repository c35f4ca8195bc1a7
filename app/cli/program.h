#pragma once

namespace thaw::cli {

/// The whole of thaw-cli: reads the words, does what the verb says, and reports errors in one line each.
/// Takes over the process's signals and standard streams, so that a process calls it once.
/// @return the exit status, see exit_status.h
int runProgram(int argc, char** argv);

} // namespace thaw::cli

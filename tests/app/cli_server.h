#pragma once

#include <string>
#include <vector>

namespace thaw::test {

/// What a call of thaw-cli is made with.
struct CliCall
{
    std::string folder; ///< working folder
    std::string out;    ///< file that standard output goes to
    std::string err;    ///< file that standard error goes to
    std::vector<std::string> environment;
    std::vector<std::string> arguments; ///< without the program's name
};

/// Forks the process that answers runInFork(), which ends with this one. A program that is linked to LibTorch
/// takes 0.4 s to start, a copy of one milliseconds. To be called before anything makes a thread: a copy of
/// the process has only the thread that copied it.
void startCliServer();

/// Runs thaw-cli to its end in a copy of the server: a process of its own, with a clean state.
/// @return its exit status; −1 when a signal ended it, as one does after two minutes
int runInFork(const CliCall& call);

} // namespace thaw::test

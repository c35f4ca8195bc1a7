#pragma once

#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace thaw {

struct ProcessResult
{
    int exitStatus = 0; ///< 127 when the program does not exist
    std::string output; ///< last 64 kB of standard output and error together
};

/// Runs a program found in PATH without a shell, standard input closed, and waits for it; nothing when
/// stopped (its process group is then killed). The program is killed with this process, however that ends.
std::optional<ProcessResult> runProcess(const std::vector<std::string>& arguments,
                                        const std::filesystem::path& workingFolder,
                                        const std::stop_token& stop = {});

} // namespace thaw

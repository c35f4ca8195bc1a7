#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace thaw::test {

/// What two runs must have in common to the last byte to count as the same.
struct RunOutcome
{
    std::map<std::string, std::string> weights; ///< bytes of phaseN.safetensors and best.safetensors by name
    std::string history;                        ///< history.csv without its seconds
    std::string test;                           ///< run.json's test result

    bool operator==(const RunOutcome&) const = default;
};

/// @throws Error when the folder is no run
RunOutcome outcomeOf(const std::filesystem::path& run);

/// history.csv without its last column, the seconds.
std::string historyWithoutSeconds(const std::filesystem::path& run);

} // namespace thaw::test

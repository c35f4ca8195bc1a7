#pragma once

namespace CLI {
class Option;
}

namespace thaw::cli {

/// Checks of a --seed: a whole number that JSON holds exactly, written in decimal. CLI11 would take "010" for
/// octal.
void checkSeed(CLI::Option& option);

} // namespace thaw::cli

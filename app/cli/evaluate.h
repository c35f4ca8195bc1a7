#pragma once

#include "core/evaluate/evaluation.h"

#include <string>
#include <vector>

namespace thaw::cli {

/// What an evaluation says of the pictures it left out, for standard error: how many, then the first twenty.
/// None when none was.
std::vector<std::string> leftOutLines(const Evaluation& evaluation);

} // namespace thaw::cli

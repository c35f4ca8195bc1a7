#pragma once

#include "core/evaluate/evaluation.h"

#include <optional>
#include <span>

namespace thaw {

/// The class that counts as the answer, see ChosenThreshold; −1 where that is none ("uncertain"). Without a
/// threshold the likeliest class, of equal ones the first.
/// @param probabilities one a class, at least one
int answerBy(const std::optional<ChosenThreshold>& threshold, std::span<const float> probabilities);

} // namespace thaw

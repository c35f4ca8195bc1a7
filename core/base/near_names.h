#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace thaw {

/// How many letters must be inserted, removed or replaced to turn one word into the other (Levenshtein).
std::size_t editDistance(std::string_view a, std::string_view b);

/// Up to three candidates that `word` may have meant, nearest first: few letters off, or alike in their last
/// part
/// ("epochs" for "phases.0.epochs").
std::vector<std::string> nearNames(std::string_view word, const std::vector<std::string>& candidates);

} // namespace thaw

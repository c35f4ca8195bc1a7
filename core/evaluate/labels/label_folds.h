#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace thaw {

/// Shares pictures out into folds, class by class, so that each has as many of a class as any other but for
/// one. Pictures with the same contents are in the same fold, whatever they are labelled: a head that was
/// taught one of them would not judge the other afresh.
/// @param labels one a picture  @param contents hashes, as many; empty: not known, like no other
/// @return one fold a picture, 0 … folds−1
std::vector<int> labelFolds(const std::vector<int>& labels, const std::vector<std::string>& contents,
                            int folds, std::uint64_t seed);

} // namespace thaw

#pragma once

#include "core/evaluate/metrics/answers.h"

#include <cstddef>
#include <vector>

namespace thaw {

enum class ErrorOrder {
    Loss,             ///< all pictures, the largest loss first
    WrongAndSure,     ///< those answered wrongly, the surest first
    RightAndUnsure,   ///< those answered rightly, the least sure first
    LikelyMislabelled ///< labelSuspects(), in their order
};

/// Pictures to look at, in an order; of equal ones as they come.
std::vector<std::size_t> picturesInOrder(const Answers& answers, ErrorOrder order);

} // namespace thaw

#pragma once

#include <limits>
#include <vector>

namespace thaw::ui {

/// What an axis of values shows.
struct ValueRange
{
    double low = 0;
    double high = 1;
    /// Where a logarithmic axis draws zero, just above its lower edge; no number: there is none to draw.
    double zeroAt = std::numeric_limits<double>::quiet_NaN();
};

// Of the values in any order; those that are no finite numbers do not count. The range is never empty and
// always one that can be drawn. @param room share of the axis left free above, for words

/// By the positive values alone: a loss of exactly zero says nothing about how far down the others go.
ValueRange logRange(const std::vector<double>& values, double room);
ValueRange linearRange(const std::vector<double>& values, double room);
/// Of shares; not lower than just below zero.
ValueRange shareRange(const std::vector<double>& values, double room);

} // namespace thaw::ui

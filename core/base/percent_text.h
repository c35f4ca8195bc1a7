#pragma once

#include <cstdint>
#include <string>

namespace thaw {

/// How many decimals a percentage of `count` things supports: as many as it takes to tell one of them more
/// from one less, 100/count, and two at most. None up to 100 things, one up to 1,000, then two. Two as well
/// where the count is not known (0).
int percentDecimals(std::int64_t count);

/// `share` (0–1) in percent, as it is rounded to be shown: 100 only where all are right, 0 only where none
/// is.
double shownPercent(double share, int decimals);

/// The one text of an accuracy, a recall and the like: "65 %" of 40 pictures, "97.5 %" of 400, "–" for
/// not-a-number. A value outside 0–1 (from a changed file) is shown as the plain number.
/// @param count number of pictures measured; 0: not known
std::string accuracyText(double share, std::int64_t count);

} // namespace thaw

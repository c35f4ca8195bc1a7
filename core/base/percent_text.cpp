#include "core/base/percent_text.h"

#include "core/base/number_text.h"

#include <charconv>
#include <cmath>

namespace thaw {

int percentDecimals(std::int64_t count)
{
    return count <= 0 || count > 1000 ? 2 : count > 100 ? 1 : 0;
}

double shownPercent(double share, int decimals)
{
    const double scale = std::pow(10, decimals);
    const double rounded = std::round(100 * share * scale) / scale;
    if (rounded >= 100 && share < 1) {
        return 100 - 1 / scale;
    }
    return rounded <= 0 && share > 0 ? 1 / scale : rounded;
}

std::string accuracyText(double share, std::int64_t count)
{
    if (!std::isfinite(share)) {
        return "–";
    }
    if (share < 0 || share > 1) {
        return numberText(share);
    }
    const int decimals = percentDecimals(count);
    char text[16];
    char* const end = std::to_chars(text, text + sizeof text, shownPercent(share, decimals),
                                    std::chars_format::fixed, decimals)
                          .ptr;
    return std::string(text, end) + " %";
}

} // namespace thaw

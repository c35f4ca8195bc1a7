#include "ui/widgets/plot_ranges.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace thaw::ui {

namespace {

/// Far beyond what means anything, and within what QCustomPlot draws.
constexpr double mostDecades = 100;

/// The lowest and the highest of the values that count; the fallback where none does.
template <typename Counts>
std::pair<double, double> boundsOf(const std::vector<double>& values, std::pair<double, double> fallback,
                                   Counts counts)
{
    const double most = std::pow(10, mostDecades);
    double low = most;
    double high = -most;
    for (const double value : values) {
        if (std::isfinite(value) && counts(value)) {
            low = std::min(low, std::max(value, -most));
            high = std::max(high, std::min(value, most));
        }
    }
    return low > high ? fallback : std::pair(low, high);
}

bool always(double)
{
    return true;
}

} // namespace

ValueRange logRange(const std::vector<double>& values, double room)
{
    const auto [low, high] = boundsOf(values, {0.1, 1}, [](double value) { return value > 0; });
    const double bottom = std::max(std::log10(low), -mostDecades);
    const double top = std::max(std::log10(high), bottom);
    const double margin = std::max(std::log10(1.3), (top - bottom) * 0.08);
    ValueRange range{bottom - margin, top + margin + room * (top - bottom + 2 * margin)};
    if (std::ranges::any_of(values, [](double value) { return value <= 0 && std::isfinite(value); })) {
        range.zeroAt = std::pow(10, range.low);
        range.low -= margin * 0.7; // room for the mark
    }
    range.low = std::pow(10, range.low);
    range.high = std::pow(10, range.high);
    return range;
}

ValueRange linearRange(const std::vector<double>& values, double room)
{
    const auto [low, high] = boundsOf(values, {0.1, 1}, always);
    double margin = std::max((high - low) * 0.08, std::abs(high) * 0.05);
    margin = margin > 0 ? margin : 0.05;
    return {low - margin, high + margin + room * (high - low + 2 * margin)};
}

ValueRange shareRange(const std::vector<double>& values, double room)
{
    const auto [low, high] = boundsOf(values, {0.5, 1}, always);
    const double margin = std::max({0.02, (high - low) * 0.08, std::abs(high) * 0.01});
    return {std::max(-0.02, low - margin), high + margin + room * (high - low + 2 * margin)};
}

} // namespace thaw::ui

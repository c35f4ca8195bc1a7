#include "core/evaluate/class_metrics.h"

#include <cstddef>
#include <limits>

namespace thaw {

namespace {

double shareOf(double part, double whole)
{
    return whole > 0 ? part / whole : std::numeric_limits<double>::quiet_NaN();
}

} // namespace

std::vector<ClassMetrics> classMetrics(const std::vector<std::vector<int>>& confusion)
{
    std::vector<ClassMetrics> result;
    for (std::size_t label = 0; label < confusion.size(); ++label) {
        const int right = confusion[label][label];
        int predicted = 0;
        int images = 0;
        for (std::size_t other = 0; other < confusion.size(); ++other) {
            predicted += confusion[other][label];
            images += confusion[label][other];
        }
        result.push_back({shareOf(right, predicted), shareOf(right, images),
                          shareOf(2.0 * right, static_cast<double>(images) + predicted), images});
    }
    return result;
}

} // namespace thaw

#include "core/evaluate/metrics/paired_models.h"

#include "core/base/random.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

namespace thaw {

namespace {

/// numpy.percentile(): between two of the sorted values on a straight line. @param share 0–1
double percentileOf(const std::vector<double>& sorted, double share)
{
    const double place = share * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<std::size_t>(place);
    const std::size_t above = std::min(below + 1, sorted.size() - 1);
    return sorted[below] + (place - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

} // namespace

PairedCounts pairedCounts(const std::vector<bool>& first, const std::vector<bool>& second)
{
    PairedCounts counts;
    for (std::size_t i = 0; i < first.size(); ++i) {
        ++(first[i] ? (second[i] ? counts.bothRight : counts.onlyFirst)
                    : (second[i] ? counts.onlySecond : counts.bothWrong));
    }
    return counts;
}

double mcnemarExact(std::size_t onlyFirst, std::size_t onlySecond)
{
    const std::size_t least = std::min(onlyFirst, onlySecond);
    const auto count = static_cast<double>(onlyFirst + onlySecond);
    if (onlyFirst == onlySecond) {
        return 1;
    }
    // The binomial coefficient of `least`, then those below it as shares of it: no factorial overflows.
    double logarithm = -count * std::log(2.0);
    for (std::size_t i = 1; i <= least; ++i) {
        const auto k = static_cast<double>(i);
        logarithm += std::log((count - static_cast<double>(least) + k) / k);
    }
    double sum = 0;
    double term = 1;
    for (std::size_t k = least + 1; k-- > 0;) {
        sum += term;
        term *= static_cast<double>(k) / (count - static_cast<double>(k) + 1);
    }
    return std::min(1.0, 2 * std::exp(logarithm) * sum);
}

DifferenceInterval differenceInterval(const std::vector<bool>& first, const std::vector<bool>& second,
                                      const std::vector<int>& truths, const BootstrapOptions& options)
{
    std::map<int, std::vector<int>> gains; // by class: what the second model has more, picture by picture
    std::int64_t gained = 0;
    for (std::size_t i = 0; i < truths.size(); ++i) {
        const int gain = static_cast<int>(second[i]) - static_cast<int>(first[i]);
        gains[truths[i]].push_back(gain);
        gained += gain;
    }
    const auto pictures = static_cast<double>(truths.size());
    if (truths.empty() || options.draws == 0) {
        const double none = std::numeric_limits<double>::quiet_NaN();
        return {none, none, none};
    }
    std::vector<double> differences;
    for (std::size_t draw = 0; draw < options.draws; ++draw) {
        RandomStream random(mixKey({options.seed, bootstrapKey, draw}));
        std::int64_t sum = 0;
        for (const auto& [label, ofClass] : gains) {
            for (std::size_t i = 0; i < ofClass.size(); ++i) {
                sum += ofClass[random.below(ofClass.size())];
            }
        }
        differences.push_back(static_cast<double>(sum) / pictures);
    }
    std::sort(differences.begin(), differences.end());
    return {static_cast<double>(gained) / pictures, percentileOf(differences, 0.025),
            percentileOf(differences, 0.975)};
}

} // namespace thaw

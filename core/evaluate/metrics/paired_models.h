#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace thaw {

/// Two models on the same pictures.
struct PairedCounts
{
    std::size_t bothRight = 0;
    std::size_t onlyFirst = 0;
    std::size_t onlySecond = 0;
    std::size_t bothWrong = 0;
};
/// @param first, second whether each picture was answered rightly; as many
PairedCounts pairedCounts(const std::vector<bool>& first, const std::vector<bool>& second);

/// McNemar's test, exact and two-sided: how probable it is that the pictures which only one of the models
/// gets right are shared out so unevenly, or more so, when the models are equally good: b of b + c at ½ each.
/// 1 where there are none. Not the mid-p nor a χ² variant.
double mcnemarExact(std::size_t onlyFirst, std::size_t onlySecond);

/// Accuracy of the second model less that of the first, and between what it lies with 95 %.
struct DifferenceInterval
{
    double difference = 0;
    double low = 0;
    double high = 0;
};

struct BootstrapOptions
{
    std::size_t draws = 2'000;
    std::uint64_t seed = 0; ///< the same seed gives the same interval
};
/// Percentile bootstrap over the pictures, both models on the same ones, as many of each class as there are.
/// Draw d picks by RandomStream(mixKey({seed, bootstrapKey, d})), class by class in order; percentiles as
/// numpy's, linear. Not-a-number of no pictures.
/// @param truths as many as pictures, ≥ 0
DifferenceInterval differenceInterval(const std::vector<bool>& first, const std::vector<bool>& second,
                                      const std::vector<int>& truths, const BootstrapOptions& options = {});

inline constexpr std::uint64_t bootstrapKey = 0x626F6F74; // "boot"

} // namespace thaw

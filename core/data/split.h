#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace thaw {

/// Which part of the work a sample serves. Unused samples (broken ones) are not in the index at all.
enum class Split { Train, Validation, Test };

inline constexpr std::array allSplits{Split::Train, Split::Validation, Split::Test};

const char* nameOf(Split split); ///< "train", "validation", "test"

/// Reads train | validation | val | valid | test, ignoring ASCII case.
std::optional<Split> splitFromName(std::string_view name);

/// Shares of each class set aside when the data set does not say.
struct SplitShares
{
    double validation = 0.2; ///< in [0, 1)
    double test = 0.2;       ///< in [0, 1), validation + test < 1

    bool operator==(const SplitShares&) const = default;
};

/// A stratified split: within each class the samples are shuffled by (seed, class) and cut by the shares,
/// rounded to nearest; with two samples or more train gets at least one, and with enough of them every split
/// whose share is not 0 gets at least one. Depends on the order of `labels` and the seed only.
/// @param labels class index of each sample, in the index's order
std::vector<Split> stratifiedSplit(const std::vector<int>& labels, int classCount, const SplitShares& shares,
                                   std::uint64_t seed);

} // namespace thaw

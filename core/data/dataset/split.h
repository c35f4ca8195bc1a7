#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace thaw {

/// Which part of the work a sample serves. Unused samples (broken ones) are not in the index at all.
enum class Split { Train, Validation, Test };

inline constexpr std::array allSplits{Split::Train, Split::Validation, Split::Test};

/// How many samples each split has.
struct SplitCounts
{
    std::size_t train = 0;
    std::size_t validation = 0;
    std::size_t test = 0;

    std::size_t of(Split split) const;
    bool operator==(const SplitCounts&) const = default;
};

const char* nameOf(Split split); ///< "train", "validation", "test"

/// Reads the words of splitWords(), ignoring ASCII case.
std::optional<Split> splitFromName(std::string_view name);
/// All of them, for advice: "train, training, …".
std::string splitWords();
/// "eval" and "evaluation": of validation by themselves, of the test where other pictures are for validation
/// and none for the test.
bool isEvaluationWord(std::string_view name);

/// Which part is dealt first from a class's shuffled samples.
enum class SplitOrder {
    TestFirst,       ///< the test part depends on nothing but the seed, the class and the test share
    ValidationFirst, ///< of recipes of version 1: another validation share takes other test samples
};

const char* nameOf(SplitOrder order); ///< "test-first", "validation-first"

/// The whole rule of the seeded split: what of each class is set aside when the data set does not say.
struct SplitShares
{
    double validation = 0.2; ///< in [0, 1)
    double test = 0.2;       ///< in [0, 1), validation + test < 1
    std::uint64_t seed = 0;  ///< of the split alone; training has another
    SplitOrder order = SplitOrder::TestFirst;

    bool operator==(const SplitShares&) const = default;
};

/// A stratified split: within each class the samples are shuffled by (seed, class) and cut by the shares,
/// rounded to nearest; train gets at least one, and with enough of them every split whose share is not 0 gets
/// at least one. Depends on the order of `labels` and on `shares` only; with the test dealt first, that part
/// stays the same whatever the validation share is.
/// @param labels class index of each sample, in the index's order
std::vector<Split> stratifiedSplit(const std::vector<int>& labels, int classCount, const SplitShares& shares);

} // namespace thaw

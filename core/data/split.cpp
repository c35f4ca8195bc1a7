#include "core/data/split.h"

#include "core/base/random.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace thaw {

namespace {

constexpr std::uint64_t splitTag = 0x73706C6974; // "split"

struct Cut
{
    std::size_t validation = 0;
    std::size_t test = 0;
};

Cut cutOf(std::size_t count, const SplitShares& shares)
{
    const auto share = [count](double part) {
        return static_cast<std::size_t>(
            std::llround(static_cast<double>(count) * std::clamp(part, 0.0, 1.0)));
    };
    Cut cut{share(shares.validation), share(shares.test)};
    const std::size_t wanted = 1 + (shares.validation > 0) + (shares.test > 0);
    const bool oneEach = count >= wanted;
    if (oneEach) {
        cut.validation = std::max<std::size_t>(cut.validation, shares.validation > 0);
        cut.test = std::max<std::size_t>(cut.test, shares.test > 0);
    }
    const std::size_t kept = count > 0 ? 1 : 0;
    while (cut.validation + cut.test + kept > count) {
        --(cut.test >= cut.validation ? cut.test : cut.validation);
    }
    return cut;
}

} // namespace

const char* nameOf(Split split)
{
    switch (split) {
    case Split::Train:
        return "train";
    case Split::Validation:
        return "validation";
    case Split::Test:
        return "test";
    }
    return "train";
}

std::optional<Split> splitFromName(std::string_view name)
{
    std::string lower(name);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    if (lower == "train") {
        return Split::Train;
    }
    if (lower == "validation" || lower == "val" || lower == "valid") {
        return Split::Validation;
    }
    if (lower == "test") {
        return Split::Test;
    }
    return std::nullopt;
}

std::vector<Split> stratifiedSplit(const std::vector<int>& labels, int classCount, const SplitShares& shares,
                                   std::uint64_t seed)
{
    std::vector<std::vector<std::size_t>> members(static_cast<std::size_t>(classCount));
    for (std::size_t i = 0; i < labels.size(); ++i) {
        members[static_cast<std::size_t>(labels[i])].push_back(i);
    }
    std::vector<Split> splits(labels.size(), Split::Train);
    for (std::size_t label = 0; label < members.size(); ++label) {
        const auto& samples = members[label];
        const Cut cut = cutOf(samples.size(), shares);
        const auto order =
            permutation(static_cast<std::uint32_t>(samples.size()), mixKey({splitTag, seed, label}));
        for (std::size_t i = 0; i < cut.validation + cut.test; ++i) {
            splits[samples[order[i]]] = i < cut.validation ? Split::Validation : Split::Test;
        }
    }
    return splits;
}

} // namespace thaw

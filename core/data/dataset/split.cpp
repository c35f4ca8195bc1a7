#include "core/data/dataset/split.h"

#include "core/base/enum_names.h"
#include "core/base/random.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace thaw {

namespace {

constexpr EnumNames<SplitOrder, 2> splitOrderNames{
    {{SplitOrder::TestFirst, "test-first"}, {SplitOrder::ValidationFirst, "validation-first"}}};

constexpr EnumNames<Split, 3> splitNames{
    {{Split::Train, "train"}, {Split::Validation, "validation"}, {Split::Test, "test"}}};
static_assert(isComplete(splitNames, Split::Test));

constexpr std::uint64_t splitTag = 0x73706C6974; // "split"

struct SplitWord
{
    std::string_view word;
    Split split = Split::Train;
};

constexpr std::array splitWordTable{
    SplitWord{"train", Split::Train},         SplitWord{"training", Split::Train},
    SplitWord{"trainval", Split::Train},      SplitWord{"validation", Split::Validation},
    SplitWord{"validate", Split::Validation}, SplitWord{"val", Split::Validation},
    SplitWord{"valid", Split::Validation},    SplitWord{"dev", Split::Validation},
    SplitWord{"eval", Split::Validation},     SplitWord{"evaluation", Split::Validation},
    SplitWord{"test", Split::Test},           SplitWord{"testing", Split::Test},
    SplitWord{"holdout", Split::Test}};

std::string lowerWord(std::string_view text)
{
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return lower;
}

struct Cut
{
    std::size_t validation = 0;
    std::size_t test = 0;
};

std::size_t rounded(std::size_t count, double share)
{
    return static_cast<std::size_t>(std::llround(static_cast<double>(count) * std::clamp(share, 0.0, 1.0)));
}

/// Neither the validation share nor what it needs moves the test's count: one sample is left for training
/// and, from three on, one for validation, whether there is to be any or not.
Cut cutTestFirst(std::size_t count, const SplitShares& shares)
{
    if (count < 2) {
        return {};
    }
    const std::size_t mostTest = count > 2 ? count - 2 : 1;
    const std::size_t leastTest = shares.test > 0 ? 1 : 0;
    Cut cut;
    cut.test = std::clamp(rounded(count, shares.test), leastTest, mostTest);
    const std::size_t mostValidation = count - cut.test - 1;
    const std::size_t leastValidation = shares.validation > 0 && mostValidation > 0 ? 1 : 0;
    cut.validation = std::clamp(rounded(count, shares.validation), leastValidation, mostValidation);
    return cut;
}

Cut cutValidationFirst(std::size_t count, const SplitShares& shares)
{
    Cut cut{rounded(count, shares.validation), rounded(count, shares.test)};
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
    return nameIn(splitNames, split);
}

std::size_t SplitCounts::of(Split split) const
{
    switch (split) {
    case Split::Train:
        return train;
    case Split::Validation:
        return validation;
    case Split::Test:
        break;
    }
    return test;
}

std::optional<Split> splitFromName(std::string_view name)
{
    const auto found = std::ranges::find(splitWordTable, lowerWord(name), &SplitWord::word);
    return found == splitWordTable.end() ? std::nullopt : std::optional(found->split);
}

std::string splitWords()
{
    std::string text;
    for (const SplitWord& word : splitWordTable) {
        text += (text.empty() ? "" : ", ") + std::string(word.word);
    }
    return text;
}

bool isEvaluationWord(std::string_view name)
{
    return lowerWord(name).starts_with("eval") && splitFromName(name) == Split::Validation;
}

const char* nameOf(SplitOrder order)
{
    return nameIn(splitOrderNames, order);
}

std::vector<Split> stratifiedSplit(const std::vector<int>& labels, int classCount, const SplitShares& shares)
{
    const bool testFirst = shares.order == SplitOrder::TestFirst;
    std::vector<std::vector<std::size_t>> members(static_cast<std::size_t>(classCount));
    for (std::size_t i = 0; i < labels.size(); ++i) {
        members[static_cast<std::size_t>(labels[i])].push_back(i);
    }
    std::vector<Split> splits(labels.size(), Split::Train);
    for (std::size_t label = 0; label < members.size(); ++label) {
        const auto& samples = members[label];
        const Cut cut =
            testFirst ? cutTestFirst(samples.size(), shares) : cutValidationFirst(samples.size(), shares);
        const auto order =
            permutation(static_cast<std::uint32_t>(samples.size()), mixKey({splitTag, shares.seed, label}));
        const std::size_t first = testFirst ? cut.test : cut.validation;
        for (std::size_t i = 0; i < cut.validation + cut.test; ++i) {
            const bool isTest = (i < first) == testFirst;
            splits[samples[order[i]]] = isTest ? Split::Test : Split::Validation;
        }
    }
    return splits;
}

} // namespace thaw

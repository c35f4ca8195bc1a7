#include "core/base/near_names.h"

#include <algorithm>
#include <utility>

namespace thaw {

namespace {

/// Beyond any name of ours: keeps the comparison's cost down whatever was typed.
constexpr std::size_t longestWord = 100;

std::string_view lastPart(std::string_view name)
{
    const auto dot = name.rfind('.');
    return dot == std::string_view::npos ? name : name.substr(dot + 1);
}

bool isNear(std::size_t distance, std::string_view word)
{
    return distance <= std::max<std::size_t>(1, word.size() / 3);
}

} // namespace

std::size_t editDistance(std::string_view a, std::string_view b)
{
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j < row.size(); ++j) {
        row[j] = j;
    }
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i);
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = std::exchange(row[j], std::min({replaced, row[j] + 1, row[j - 1] + 1}));
        }
    }
    return row.back();
}

std::vector<std::string> nearNames(std::string_view word, const std::vector<std::string>& candidates)
{
    if (word.size() > longestWord) {
        return {};
    }
    struct Near
    {
        std::size_t best;
        std::size_t whole;
        std::string name;
    };
    std::vector<Near> near;
    for (const std::string& candidate : candidates) {
        const auto whole = editDistance(word, candidate);
        const auto last = editDistance(lastPart(word), lastPart(candidate));
        if (isNear(whole, word) || isNear(last, lastPart(word))) {
            near.push_back({std::min(whole, last), whole, candidate});
        }
    }
    std::stable_sort(near.begin(), near.end(), [](const Near& a, const Near& b) {
        return std::pair(a.best, a.whole) < std::pair(b.best, b.whole);
    });
    std::vector<std::string> names;
    for (std::size_t i = 0; i < std::min<std::size_t>(near.size(), 3); ++i) {
        names.push_back(near[i].name);
    }
    return names;
}

} // namespace thaw

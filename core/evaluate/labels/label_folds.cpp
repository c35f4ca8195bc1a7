#include "core/evaluate/labels/label_folds.h"

#include "core/base/random.h"

#include <map>
#include <unordered_map>

namespace thaw {

namespace {

constexpr std::uint64_t foldKey = 0x666F6C64; // "fold"

} // namespace

std::vector<int> labelFolds(const std::vector<int>& labels, const std::vector<std::string>& contents,
                            int folds, std::uint64_t seed)
{
    std::map<int, std::vector<std::size_t>> byClass;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        byClass[labels[i]].push_back(i);
    }
    std::unordered_map<std::string, int> foldOf;
    std::vector<int> result(labels.size());
    std::size_t next = 0; // goes on from class to class, so that small classes do not all begin in fold 0
    for (const auto& [label, pictures] : byClass) {
        const auto order = permutation(static_cast<std::uint32_t>(pictures.size()),
                                       mixKey({seed, foldKey, static_cast<std::uint64_t>(label)}));
        for (const std::uint32_t place : order) {
            const std::size_t picture = pictures[place];
            const int fold = static_cast<int>(next % static_cast<std::size_t>(folds));
            if (contents[picture].empty()) {
                result[picture] = fold;
                ++next;
                continue;
            }
            const auto [known, isNew] = foldOf.try_emplace(contents[picture], fold);
            result[picture] = known->second;
            next += isNew ? 1 : 0;
        }
    }
    return result;
}

} // namespace thaw

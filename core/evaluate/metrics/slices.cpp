#include "core/evaluate/metrics/slices.h"

#include "core/base/natural_order.h"

#include <algorithm>
#include <unordered_map>

namespace thaw {

std::vector<Slice> slices(const std::vector<std::string>& names, const std::vector<bool>& right)
{
    std::vector<Slice> result;
    std::unordered_map<std::string, std::size_t> places;
    for (std::size_t i = 0; i < names.size(); ++i) {
        const auto [found, isNew] = places.try_emplace(names[i], result.size());
        if (isNew) {
            result.push_back({names[i], 0, 0, 0, {}});
        }
        Slice& slice = result[found->second];
        ++slice.images;
        slice.right += right[i] ? 1 : 0;
    }
    for (Slice& slice : result) {
        slice.accuracy = static_cast<double>(slice.right) / static_cast<double>(slice.images);
        slice.interval = accuracyInterval(static_cast<int>(slice.right), static_cast<int>(slice.images));
    }
    std::sort(result.begin(), result.end(), [](const Slice& a, const Slice& b) {
        return a.accuracy != b.accuracy ? a.accuracy < b.accuracy
               : a.images != b.images   ? a.images > b.images
                                        : naturalLess(a.name, b.name);
    });
    return result;
}

} // namespace thaw

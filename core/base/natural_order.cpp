#include "core/base/natural_order.h"

#include <algorithm>
#include <numeric>

namespace thaw {

bool naturalLess(std::string_view a, std::string_view b)
{
    const auto isDigit = [](char c) { return c >= '0' && c <= '9'; };
    const auto digitsOf = [&](std::string_view text) {
        const auto end = std::find_if_not(text.begin(), text.end(), isDigit);
        return text.substr(0, static_cast<std::size_t>(end - text.begin()));
    };
    const std::string_view wholeA = a;
    const std::string_view wholeB = b;
    while (!a.empty() && !b.empty()) {
        if (isDigit(a.front()) && isDigit(b.front())) {
            std::string_view numberA = digitsOf(a);
            std::string_view numberB = digitsOf(b);
            a.remove_prefix(numberA.size());
            b.remove_prefix(numberB.size());
            numberA.remove_prefix(std::min(numberA.find_first_not_of('0'), numberA.size()));
            numberB.remove_prefix(std::min(numberB.find_first_not_of('0'), numberB.size()));
            if (numberA != numberB) {
                return numberA.size() != numberB.size() ? numberA.size() < numberB.size() : numberA < numberB;
            }
        } else if (a.front() != b.front()) {
            return static_cast<unsigned char>(a.front()) < static_cast<unsigned char>(b.front());
        } else {
            a.remove_prefix(1);
            b.remove_prefix(1);
        }
    }
    return a.empty() && b.empty() ? wholeA < wholeB : a.empty();
}

std::vector<std::size_t> naturalOrder(const std::vector<std::string>& names)
{
    std::vector<std::size_t> order(names.size());
    std::iota(order.begin(), order.end(), std::size_t(0));
    std::ranges::stable_sort(order,
                             [&](std::size_t a, std::size_t b) { return naturalLess(names[a], names[b]); });
    return order;
}

} // namespace thaw

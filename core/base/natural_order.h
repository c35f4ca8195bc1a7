#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace thaw {

/// The order in which people count: "2" before "10". By bytes otherwise; names that differ are never equal.
bool naturalLess(std::string_view a, std::string_view b);

/// Indices of names in that order.
std::vector<std::size_t> naturalOrder(const std::vector<std::string>& names);

} // namespace thaw

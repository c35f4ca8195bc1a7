#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace thaw {

/// A path is bytes, and JSON is UTF-8: ASCII as it is, %E8 for each byte beyond it and for each '%'.
std::string percentEncoded(std::string_view path);

/// The bytes again; nothing where a '%' does not begin such a byte, or it is 0, which no path holds.
std::optional<std::string> percentDecoded(std::string_view text);

} // namespace thaw

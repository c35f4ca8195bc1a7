#pragma once

#include <cstddef>
#include <string_view>

namespace thaw {

/// Bytes of the UTF-8 sequence at the start of `text`, 1 to 4; 0 when it is none (RFC 3629: overlong forms,
/// surrogates and what lies beyond U+10FFFF are none). @param text not empty
std::size_t utf8Length(std::string_view text);

/// Whether all of it is UTF-8.
bool isUtf8(std::string_view text);

} // namespace thaw

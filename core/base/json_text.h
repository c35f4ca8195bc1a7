#pragma once

#include "core/base/error.h"

#include <filesystem>
#include <string>
#include <string_view>

namespace thaw {

/// Deepest nesting of arrays and objects that is read.
inline constexpr int maxJsonDepth = 64;

/// Accepts only UTF-8 text of one JSON object, nested at most maxJsonDepth deep, all numbers within range.
/// What passes can be parsed without an exception and walked by recursion.
/// @throws Error `code` with line and column
void requireJsonObject(std::string_view text, ErrorCode code, const std::filesystem::path& path = {});

/// The parts of the JSON object `text` that `skeleton` does not name, as a compact JSON object, or "" if
/// there are none. In `skeleton` an object lists the known keys, an array's only element stands for all
/// elements, anything else for a value known as a whole. Unknown keys of array elements come back under the
/// element's index:
/// {"phases":{"0":{"note":"…"}}}.
/// @pre both passed requireJsonObject
std::string unknownKeysOf(std::string_view text, std::string_view skeleton);

/// Puts what unknownKeysOf returned back: keys that `text` has already stay as they are, the others follow
/// them. Elements that are no longer there are dropped with their keys, as is an `unknown` that is not a JSON
/// object.
/// @pre `text` passed requireJsonObject
std::string withUnknownKeys(std::string_view text, std::string_view unknown);

/// `text` as a JSON string in quotes, control characters escaped, cut after about 60 bytes: for messages.
std::string jsonQuoted(std::string_view text);

} // namespace thaw

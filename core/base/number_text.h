#pragma once

#include <charconv>
#include <string>

namespace thaw {

/// The shortest decimal that reads back to the same number, whatever the locale.
template <class Number>
std::string numberText(Number value)
{
    char text[64];
    return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

} // namespace thaw

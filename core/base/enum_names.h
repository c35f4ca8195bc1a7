#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace thaw {

/// A value of an enumeration and its name in files, options and messages.
template <typename Enum>
struct EnumName
{
    Enum value;
    const char* name;
};

/// All values of an enumeration with their names: the one place that has them.
template <typename Enum, std::size_t count>
using EnumNames = std::array<EnumName<Enum>, count>;

/// The name of a value; "" where the table lacks it.
template <typename Enum, std::size_t count>
constexpr const char* nameIn(const EnumNames<Enum, count>& names, Enum value)
{
    for (const EnumName<Enum>& each : names) {
        if (each.value == value) {
            return each.name;
        }
    }
    return "";
}

/// The value of a name, by its exact letters.
template <typename Enum, std::size_t count>
constexpr std::optional<Enum> valueIn(const EnumNames<Enum, count>& names, std::string_view name)
{
    for (const EnumName<Enum>& each : names) {
        if (name == each.name) {
            return each.value;
        }
    }
    return std::nullopt;
}

/// Whether each value from the first to `last` is there, for a static_assert beside the table.
template <typename Enum, std::size_t count>
constexpr bool isComplete(const EnumNames<Enum, count>& names, Enum last)
{
    for (int number = 0; number <= static_cast<int>(last); ++number) {
        if (*nameIn(names, static_cast<Enum>(number)) == '\0') {
            return false;
        }
    }
    return count == static_cast<std::size_t>(last) + 1;
}

} // namespace thaw

#pragma once

#include "core/experiment/recipe.h"

#include <cstdint>
#include <functional>
#include <string>
#include <variant>
#include <vector>

namespace thaw {

/// A field's value as it stands in recipe.json. monostate: of no type that a field can have.
using FieldValue =
    std::variant<std::monostate, bool, std::int64_t, double, std::string, std::vector<std::string>>;

enum class FieldType { Truth, Integer, Number, Text, TextList };

/// One field of a Recipe or a PhaseRecipe. The tables below drive reading, writing, checking and --set: a new
/// field is one new row.
template <typename T>
struct Field
{
    std::string name; ///< as in recipe.json; "split.validation" is inside an object
    FieldType type;
    std::function<FieldValue(const T&)> get;
    /// Returns what is wrong with the value's type or word, and then changes nothing; or "". A number outside
    /// the field's range is taken if the member can hold it: `check` tells.
    std::function<std::string(T&, const FieldValue&)> set;
    std::function<std::string(const T&)> check; ///< what is wrong with the value held, or ""
    std::function<bool(const T&)> isWritten;    ///< false: left out of recipe.json (the other of two choices)
};

const std::vector<Field<Recipe>>& recipeFields();
const std::vector<Field<PhaseRecipe>>& phaseFields();

inline constexpr int recipeVersion = 1;
inline constexpr std::size_t maxPhases = 100;

} // namespace thaw

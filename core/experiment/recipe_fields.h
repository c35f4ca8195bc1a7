#pragma once

#include "core/experiment/recipe.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace thaw {

/// A field's value as it stands in recipe.json. monostate: of no type that a field can have.
using FieldValue =
    std::variant<std::monostate, bool, std::int64_t, double, std::string, std::vector<std::string>>;

enum class FieldType { Truth, Integer, Number, Text, TextList };

/// What a field's value can change. There is no default: who adds a field has to say.
enum class Decides {
    Features, ///< what a frozen layer gives for a picture, and with it the result: in the key of stored
              ///< features
    Result,   ///< the result alone
    Nothing,  ///< no number of a run
};

/// The numbers that a field takes: from `low` to `high`, whichever of the two is in it.
struct NumberRange
{
    double low = 0;
    double high = 1; ///< infinity: no bound, and not in it
    bool hasLow = true;
    bool hasHigh = true;
    bool isWhole = false; ///< whole numbers alone

    bool contains(double value) const; ///< never what is no number
    std::string rule() const;          ///< "between 32 and 512", "at least 0 and below 1", "above 0"
};

/// One field of a Recipe or a PhaseRecipe. The tables below drive reading, writing, checking and --set: a new
/// field is one new row.
template <typename T>
struct Field
{
    std::string name; ///< as in recipe.json; "split.validation" is inside an object
    Decides decides;
    FieldType type;
    std::function<FieldValue(const T&)> get;
    /// Returns what is wrong with the value's type or word, and then changes nothing; or "". A number outside
    /// the field's range is taken if the member can hold it: `check` tells.
    std::function<std::string(T&, const FieldValue&)> set;
    std::function<std::string(const T&)> check; ///< what is wrong with the value held, or ""
    std::function<bool(const T&)> isWritten;    ///< false: left out of recipe.json (the other of two choices)
    std::optional<NumberRange> range = {};      ///< of an Integer or a Number
};

const std::vector<Field<Recipe>>& recipeFields();
const std::vector<Field<PhaseRecipe>>& phaseFields();

/// The range of a number by its path as --set writes it: "dropout", "phases.0.epochs".
/// @throws Error Usage where there is no such number
NumberRange rangeOf(std::string_view path);

inline constexpr std::size_t maxPhases = 100;

} // namespace thaw

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

/// A value in one line, as one types it: 0.5, true, adamw, block5_conv3,block5_pool.
std::string valueText(const FieldValue& value);

/// What a field's value can change. There is no default: every new field must state it.
enum class Decides {
    Features, ///< the outputs of frozen layers, and with them the result: part of the key of stored
              ///< features
    Result,   ///< the result alone
    Nothing,  ///< no number of a run
};

/// What a field's number counts.
enum class Unit { None, Pixels, Epochs };

/// The range of a field's numbers, from `low` to `high`; each bound may be included or not.
struct NumberRange
{
    double low = 0;
    double high = 1; ///< infinity: no bound, with hasHigh false
    bool hasLow = true;
    bool hasHigh = true;
    bool isWhole = false; ///< whole numbers alone

    bool contains(double value) const; ///< false for not-a-number
    std::string rule() const;          ///< "between 32 and 512", "at least 0 and below 1", "above 0"
};

/// One field of a Recipe or a PhaseRecipe. The tables below drive reading, writing, checking, --set, the key
/// of stored features, the comparison of runs, and the window's form: a new field is one new row. Its default
/// is what `get` gives of T{}.
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
    /// A value that leaves out of the key of stored features what did not exist when features were first
    /// stored: they are still found by recipes that do not use the field.
    std::optional<FieldValue> unkeyed = {};
    std::vector<std::string> choices = {}; ///< of a Text that is one of these words
    Unit unit = Unit::None;
    /// False: the value means nothing beside the others (momentum without SGD).
    std::function<bool(const T&)> applies = [](const T&) { return true; };

    /// The object it is in: "split" of "split.validation", "" of "seed".
    std::string group() const
    {
        const auto dot = name.find('.');
        return dot == std::string::npos ? std::string() : name.substr(0, dot);
    }
};

const std::vector<Field<Recipe>>& recipeFields();
const std::vector<Field<PhaseRecipe>>& phaseFields();

/// Null where there is none of this name.
template <typename T>
const Field<T>* findField(const std::vector<Field<T>>& fields, std::string_view name)
{
    for (const Field<T>& field : fields) {
        if (field.name == name) {
            return &field;
        }
    }
    return nullptr;
}

/// Sets what means nothing in a phase, as it now is, back to its default: checkRecipe() objects to much of
/// it.
void resetUnused(PhaseRecipe& phase);

/// The range of a number by its path as --set writes it: "dropout", "phases.0.epochs".
/// @throws Error Usage where there is no such number
NumberRange rangeOf(std::string_view path);

inline constexpr std::size_t maxPhases = 100;

} // namespace thaw

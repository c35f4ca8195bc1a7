#pragma once

#include "core/experiment/recipe_fields.h"

#include <QLocale>
#include <QString>

#include <optional>

namespace thaw::ui {

/// What a typed text is: a number of the range, or a refusal.
struct NumberReading
{
    std::optional<double> value;
    QString refusal; ///< what was typed and what it must be, for the user; empty when there is a value
};

/// Reads what was typed into a number field. '.', ',' and the locale's own sign are the decimal separator,
/// whatever the locale. So nothing may part groups of digits: "1.000" would be one in one country and a
/// thousand in another. A whole number has no separator at all. Nothing is rounded, clamped or cut.
NumberReading readNumber(const QString& typed, const NumberRange& range, const QLocale& locale = QLocale());

/// A number as fields show it: in the locale's way, without groups, as short as it is exact to 15 digits.
/// readNumber() reads it.
QString numberFieldText(double value, const NumberRange& range, const QLocale& locale = QLocale());

/// "between 32 and 512", "above 0", in the user's language.
QString rangeText(const NumberRange& range, const QLocale& locale = QLocale());

} // namespace thaw::ui

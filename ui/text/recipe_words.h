#pragma once

#include "core/experiment/recipe_fields.h"

#include <QList>
#include <QString>

namespace thaw::ui {

/// How the window speaks of a field of the recipe. The form's rows, its issues and a run's settings come from
/// this table and from core's, which has type, range, choices and unit: a field to edit is one row in each.
struct FieldWords
{
    QString field; ///< Field::name
    QString label; ///< "&Input size"; '&' stands before its key
    QString undo;  ///< "change the input size"
    QString tooltip = {};
    QString lowest = {};          ///< stands for the lowest number: "off"
    double step = 1;              ///< of the arrows; 0: none
    bool isBasic = false;         ///< not among those that are rarely changed
    bool isOfLaterPhases = false; ///< means nothing in the first

    QString name() const; ///< the label without '&'
};

/// In the order of the form. Fields without words are not edited here.
const QList<FieldWords>& recipeWords();
/// Likewise; epochs and learning rate first.
const QList<FieldWords>& phaseWords();
/// One without words goes by its name in recipe.json.
FieldWords wordsOf(const QList<FieldWords>& all, const std::string& field);

/// One of a field's choices: "32-bit (exact)"; the word itself where there is no text for it.
QString choiceText(const QString& field, const QString& choice);
QString unitText(Unit unit); ///< "px", "epochs"

/// A value to read: "0.5", "180 px", "3 epochs", "Yes", "Letterbox", "off".
QString fieldText(const FieldValue& value, const FieldWords& words, Unit unit);
template <typename T>
QString fieldText(const Field<T>& field, const FieldWords& words, const T& source)
{
    return fieldText(field.get(source), words, field.unit);
}

} // namespace thaw::ui

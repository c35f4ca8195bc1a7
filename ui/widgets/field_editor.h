#pragma once

#include "core/experiment/recipe_fields.h"
#include "ui/text/recipe_words.h"

#include <QObject>

class QComboBox;
class QCheckBox;

namespace thaw::ui {

class NumberBox;

/// A field of the recipe to edit, made from core's table and the window's: a number box, a box of choices, or
/// a tick. Belongs to its widget.
class FieldEditor : public QObject
{
    Q_OBJECT

public:
    /// @pre the field is a truth, a number or one of some words
    template <typename T>
    FieldEditor(const Field<T>& field, const FieldWords& words, QWidget* parent)
        : FieldEditor({field.type, field.range.value_or(NumberRange{}), field.choices, field.unit}, words,
                      parent)
    {
    }

    QWidget* widget() const { return m_widget; }
    NumberBox* number() const { return m_number; } ///< null where it is none
    bool hasOwnLabel() const { return m_tick != nullptr; }
    /// No edit.
    void show(const FieldValue& value);

Q_SIGNALS:
    void edited(const thaw::FieldValue& value); ///< by the user

private:
    struct Shape
    {
        FieldType type;
        NumberRange range;
        std::vector<std::string> choices;
        Unit unit;
    };

    FieldEditor(const Shape& shape, const FieldWords& words, QWidget* parent);
    void makeNumber(const Shape& shape, const FieldWords& words, QWidget* parent);
    void makeChoice(const Shape& shape, const FieldWords& words, QWidget* parent);

    QWidget* m_widget = nullptr;
    NumberBox* m_number = nullptr;
    QComboBox* m_choice = nullptr;
    QCheckBox* m_tick = nullptr;
};

/// "early_stopping.patience" as part of a widget's name: "EarlyStoppingPatience".
QString widgetNameOf(const QString& field);

} // namespace thaw::ui

#include "ui/widgets/field_editor.h"

#include "ui/text/plain_text.h"
#include "ui/theme.h"
#include "ui/widgets/number_box.h"

#include <QCheckBox>
#include <QComboBox>

namespace thaw::ui {

namespace {

/// In letters. A longer choice is cut off where there is no room, and whole in the list.
constexpr int shortestChoice = 8;

} // namespace

FieldEditor::FieldEditor(const Shape& shape, const FieldWords& words, QWidget* parent)
{
    if (shape.type == FieldType::Truth) {
        m_tick = new QCheckBox(words.label, parent);
        m_tick->setToolTip(plainToolTip(words.tooltip));
        connect(m_tick, &QCheckBox::clicked, this, [this](bool on) { Q_EMIT edited(on); });
        m_widget = m_tick;
    } else if (!shape.choices.empty()) {
        makeChoice(shape, words, parent);
    } else {
        makeNumber(shape, words, parent);
    }
    m_widget->setFocusPolicy(Qt::StrongFocus);
    setParent(m_widget);
}

void FieldEditor::makeNumber(const Shape& shape, const FieldWords& words, QWidget* parent)
{
    m_number = new NumberBox(shape.range, parent);
    m_number->setStep(words.step);
    m_number->setUnit(unitText(shape.unit));
    if (!words.lowest.isEmpty()) {
        m_number->setLowestText(words.lowest);
    }
    if (!words.tooltip.isEmpty()) {
        m_number->setExplanation(words.tooltip);
    }
    connect(m_number, &NumberBox::valueChanged, this, [this, isWhole = shape.range.isWhole](double value) {
        Q_EMIT edited(isWhole ? FieldValue(std::int64_t(value)) : FieldValue(value));
    });
    m_widget = m_number;
}

void FieldEditor::makeChoice(const Shape& shape, const FieldWords& words, QWidget* parent)
{
    m_choice = new QComboBox(parent);
    letShrink(m_choice);
    m_choice->setMinimumContentsLength(shortestChoice);
    for (const std::string& choice : shape.choices) {
        const QString word = QString::fromStdString(choice);
        m_choice->addItem(choiceText(words.field, word), word);
    }
    m_choice->setToolTip(plainToolTip(words.tooltip));
    connect(m_choice, &QComboBox::activated, this,
            [this] { Q_EMIT edited(m_choice->currentData().toString().toStdString()); });
    m_widget = m_choice;
}

void FieldEditor::show(const FieldValue& value)
{
    if (const auto* truth = std::get_if<bool>(&value); truth && m_tick) {
        m_tick->setChecked(*truth);
    } else if (const auto* text = std::get_if<std::string>(&value); text && m_choice) {
        m_choice->setCurrentIndex(m_choice->findData(QString::fromStdString(*text)));
    } else if (const auto* whole = std::get_if<std::int64_t>(&value); whole && m_number) {
        m_number->showValue(double(*whole));
    } else if (const auto* real = std::get_if<double>(&value); real && m_number) {
        m_number->showValue(*real);
    }
}

QString widgetNameOf(const QString& field)
{
    QString name;
    bool isStart = true;
    for (const QChar each : field) {
        const bool isBreak = each == '.' || each == '_';
        if (!isBreak) {
            name += isStart ? each.toUpper() : each;
        }
        isStart = isBreak;
    }
    return name;
}

} // namespace thaw::ui

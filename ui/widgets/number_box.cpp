#include "ui/widgets/number_box.h"

#include <QFocusEvent>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QStyle>

#include <algorithm>
#include <cmath>

namespace thaw::ui {

namespace {

constexpr int unitGap = 4;

} // namespace

NumberBox::NumberBox(const NumberRange& range, QWidget* parent)
    : QAbstractSpinBox(parent), m_range(range), m_value(range.low), m_unit(new QLabel(lineEdit()))
{
    setFocusPolicy(Qt::StrongFocus);
    setKeyboardTracking(false); // of the base, which reads nothing here
    auto* layout = new QHBoxLayout(lineEdit());
    layout->setContentsMargins(0, 0, unitGap, 0);
    layout->addStretch(1);
    layout->addWidget(m_unit);
    m_unit->setProperty("role", "muted");
    m_unit->setTextFormat(Qt::PlainText);
    m_unit->setAttribute(Qt::WA_TransparentForMouseEvents);
    m_unit->hide();
    connect(lineEdit(), &QLineEdit::textChanged, this, [this] {
        if (m_refusal.isEmpty()) {
            return;
        }
        // While it is put right the words follow.
        setRefusal(isTyped() ? read().refusal : QString());
    });
    show(m_value);
    describe();
}

void NumberBox::setStep(double step)
{
    m_step = step;
    setButtonSymbols(step > 0 ? UpDownArrows : NoButtons);
}

void NumberBox::setUnit(const QString& unit)
{
    m_unit->setText(unit.trimmed());
    const int room = unit.isEmpty() ? 0 : textWidth(m_unit->text()) + 2 * unitGap;
    lineEdit()->setTextMargins(0, 0, room, 0);
    show(m_value);
}

void NumberBox::setExplanation(const QString& text)
{
    m_explanation = text;
    describe();
}

void NumberBox::setLowestText(const QString& text)
{
    m_lowestText = text;
    show(m_value);
}

void NumberBox::setValue(double value)
{
    const double before = m_value;
    showValue(value);
    if (value != before) {
        Q_EMIT valueChanged(value);
    }
}

void NumberBox::showValue(double value)
{
    m_value = value;
    if (textOf(value) != m_shown) {
        show(value);
    }
}

bool NumberBox::isTyped() const
{
    return lineEdit()->text() != m_shown;
}

bool NumberBox::commit()
{
    if (!isTyped()) {
        return true;
    }
    const NumberReading reading = read();
    if (!reading.value) {
        setRefusal(reading.refusal);
        return false;
    }
    take(*reading.value);
    return true;
}

NumberBox* NumberBox::commitAll(const QWidget* parent)
{
    NumberBox* refused = nullptr;
    const QList<NumberBox*> boxes = parent->findChildren<NumberBox*>();
    for (NumberBox* box : boxes) {
        if (!box->commit() && !refused) {
            refused = box;
        }
    }
    return refused;
}

void NumberBox::dropTyped()
{
    if (isTyped()) {
        show(m_value);
    }
}

void NumberBox::stepBy(int steps)
{
    if (!commit() || m_step <= 0) {
        return;
    }
    double target = m_value + steps * m_step;
    // In decimal: three times 0.1 is 0.3.
    target = QString::number(target, 'g', 12).toDouble();
    if (!m_range.contains(target)) {
        const double bound = steps < 0 ? m_range.low : m_range.high;
        target = m_range.contains(bound) ? bound : m_value;
    }
    if (m_check && !m_check(target).isEmpty()) {
        return; // as at the end of the range
    }
    take(target);
    selectAll();
}

QAbstractSpinBox::StepEnabled NumberBox::stepEnabled() const
{
    StepEnabled enabled = StepNone;
    if (m_step > 0 && !isReadOnly()) {
        enabled |= m_value > m_range.low ? StepDownEnabled : StepNone;
        enabled |= m_value < m_range.high ? StepUpEnabled : StepNone;
    }
    return enabled;
}

bool NumberBox::event(QEvent* event)
{
    if (event->type() == QEvent::ShortcutOverride) {
        const auto* key = static_cast<QKeyEvent*>(event);
        if (key->matches(QKeySequence::Undo) || key->matches(QKeySequence::Redo)) {
            // The line edit would keep both for itself, also with nothing to take back.
            event->setAccepted(isTyped());
            return true;
        }
    }
    return QAbstractSpinBox::event(event);
}

void NumberBox::keyPressEvent(QKeyEvent* event)
{
    const bool isUndo = event->matches(QKeySequence::Undo);
    if (isUndo || event->matches(QKeySequence::Redo) || event->key() == Qt::Key_Escape) {
        if (!isTyped()) {
            event->ignore();
        } else if (isUndo || event->key() == Qt::Key_Escape) {
            dropTyped();
            selectAll();
        }
        return;
    }
    if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) {
        commit();
    }
    QAbstractSpinBox::keyPressEvent(event);
}

void NumberBox::focusOutEvent(QFocusEvent* event)
{
    // The field's own menu does not end the typing.
    if (event->reason() != Qt::PopupFocusReason) {
        commit();
    }
    QAbstractSpinBox::focusOutEvent(event);
}

void NumberBox::wheelEvent(QWheelEvent* event)
{
    if (hasFocus()) {
        QAbstractSpinBox::wheelEvent(event);
    } else {
        event->ignore(); // the page scrolls
    }
}

void NumberBox::changeEvent(QEvent* event)
{
    QAbstractSpinBox::changeEvent(event);
    if (event->type() == QEvent::EnabledChange && !isEnabled()) {
        dropTyped();
    }
}

NumberReading NumberBox::read() const
{
    NumberReading reading = readNumber(numberPart(), m_range);
    const QString why = reading.value && m_check ? m_check(*reading.value) : QString();
    if (!why.isEmpty()) {
        return {{}, tr("“%1” is not taken: %2").arg(lineEdit()->text(), why)};
    }
    return reading;
}

QString NumberBox::textOf(double value) const
{
    return !m_lowestText.isEmpty() && value == m_range.low ? m_lowestText : numberFieldText(value, m_range);
}

QString NumberBox::numberPart() const
{
    QString text = lineEdit()->text().trimmed();
    if (!m_lowestText.isEmpty() && text.compare(m_lowestText, Qt::CaseInsensitive) == 0) {
        return numberFieldText(m_range.low, m_range);
    }
    if (!m_unit->text().isEmpty() && text.endsWith(m_unit->text(), Qt::CaseInsensitive)) {
        text.chop(m_unit->text().size());
    }
    return text;
}

void NumberBox::show(double value)
{
    m_shown = textOf(value);
    m_unit->setVisible(!m_unit->text().isEmpty() && m_shown != m_lowestText);
    lineEdit()->setText(m_shown);
    setRefusal({});
    update();
}

void NumberBox::take(double value)
{
    const bool isOther = value != m_value;
    m_value = value;
    show(value);
    if (isOther) {
        Q_EMIT valueChanged(value);
    }
}

void NumberBox::setRefusal(const QString& refusal)
{
    if (refusal == m_refusal) {
        return;
    }
    m_refusal = refusal;
    setProperty("refused", !refusal.isEmpty());
    style()->unpolish(this);
    style()->polish(this);
    describe();
    Q_EMIT refusalChanged(refusal);
}

void NumberBox::describe()
{
    const QString range = tr("Possible values: %1").arg(rangeText(m_range));
    setToolTip(m_explanation.isEmpty() ? range : m_explanation + '\n' + range);
    setAccessibleDescription(m_refusal.isEmpty() ? toolTip() : m_refusal);
}

int NumberBox::textWidth(const QString& text) const
{
    return fontMetrics().horizontalAdvance(text);
}

QSize NumberBox::sizeHint() const
{
    constexpr qsizetype longest = 12;
    QString widest = numberFieldText(m_range.low, m_range);
    for (const QString& text : {numberFieldText(m_range.high, m_range), m_lowestText}) {
        widest = text.size() > widest.size() ? text : widest;
    }
    const QString fewest = QString(std::clamp<qsizetype>(widest.size(), 5, longest), '0');
    const int room = std::max(textWidth(fewest), textWidth(m_lowestText));
    return QAbstractSpinBox::sizeHint() + QSize(room + lineEdit()->textMargins().right(), 0);
}

QSize NumberBox::minimumSizeHint() const
{
    return QAbstractSpinBox::minimumSizeHint() +
           QSize(textWidth(QString(5, '0')) + lineEdit()->textMargins().right(), 0);
}

} // namespace thaw::ui

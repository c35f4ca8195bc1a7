#pragma once

#include "ui/text/number_input.h"

#include <QAbstractSpinBox>

#include <functional>
#include <utility>

class QLabel;

namespace thaw::ui {

/// A field for one number: typed as readNumber() reads it, or stepped by arrows, keys and the wheel (where
/// the focus is). What was typed counts with Enter or when the focus leaves. What cannot be taken stays as it
/// was typed and is told by refusal(); the value is then still the one before.
///
/// Escape and Ctrl+Z take back what was typed and does not count yet. Otherwise Ctrl+Z is the window's.
class NumberBox : public QAbstractSpinBox
{
    Q_OBJECT
    // What screen readers ask for.
    Q_PROPERTY(double value READ value WRITE setValue NOTIFY valueChanged)
    Q_PROPERTY(double minimum READ minimum)
    Q_PROPERTY(double maximum READ maximum)
    Q_PROPERTY(double singleStep READ step WRITE setStep)

public:
    explicit NumberBox(const NumberRange& range, QWidget* parent = nullptr);

    const NumberRange& range() const { return m_range; }
    double minimum() const { return m_range.low; }
    double maximum() const { return m_range.high; }
    double step() const { return m_step; }
    /// Of the arrows; 0: there are none.
    void setStep(double step);
    /// Shown behind the number, and may be typed: "px".
    void setUnit(const QString& unit);
    /// The tooltip, to which the range is added.
    void setExplanation(const QString& text);
    /// What else a number of the range must be.
    /// @param check returns why a number cannot be taken, as the end of a sentence, or ""
    void setCheck(std::function<QString(double)> check) { m_check = std::move(check); }
    /// Stands for the lowest value, and may be typed.
    void setLowestText(const QString& text);

    double value() const { return m_value; }
    /// What was typed and does not count yet gives way to another value, and stays with the same.
    void setValue(double value);
    void showValue(double value); ///< the same without valueChanged()

    /// Something stands there that does not count: not yet, or because it was refused.
    bool isTyped() const;
    QString refusal() const { return m_refusal; }
    /// Takes what was typed. False, and nothing changes, where it is refused.
    bool commit();
    /// Takes what stands typed in all number fields below `parent`. @return the first that was refused, or
    /// null
    static NumberBox* commitAll(const QWidget* parent);
    void dropTyped();

    void stepBy(int steps) override;
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

Q_SIGNALS:
    void valueChanged(double value);
    void refusalChanged(const QString& refusal); ///< empty: nothing is refused any more

protected:
    StepEnabled stepEnabled() const override;
    bool event(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    NumberReading read() const;
    QString textOf(double value) const;
    /// As typed text is, without the unit.
    QString numberPart() const;
    void show(double value);
    void take(double value);
    void setRefusal(const QString& refusal);
    void describe();
    int textWidth(const QString& text) const;

    NumberRange m_range;
    double m_value;
    double m_step = 1;
    QString m_shown; ///< the text of m_value
    QString m_lowestText;
    QString m_explanation;
    QString m_refusal;
    std::function<QString(double)> m_check;
    QLabel* m_unit;
};

} // namespace thaw::ui

#pragma once

#include <QWidget>

class QDoubleSpinBox;
class QLabel;
class QSlider;

namespace thaw::ui {

/// A number with a title, a slider and a box to type it in, always in step.
class NumberSlider : public QWidget
{
    Q_OBJECT

public:
    struct Range
    {
        double low = 0;
        double high = 1;
        double step = 0.1; ///< of the slider and the box's arrows
        int decimals = 1;
        QString suffix;
    };

    /// @param name object name; the slider's is NAME + "Slider", the box's NAME + "Box"
    NumberSlider(const char* name, const QString& title, const QString& explanation, const Range& range,
                 QWidget* parent = nullptr);

    double value() const;
    /// Without a signal.
    void setValue(double value);

Q_SIGNALS:
    void valueEdited(double value); ///< by the user, also while the slider moves
    void editEnded();

private:
    void edit(double value);

    Range m_range;
    QSlider* m_slider;
    QDoubleSpinBox* m_box;
};

} // namespace thaw::ui

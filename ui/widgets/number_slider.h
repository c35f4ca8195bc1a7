#pragma once

#include "core/experiment/recipe_fields.h"

#include <QWidget>

class QSlider;

namespace thaw::ui {

class NumberBox;

/// A line with a title, a slider and a box to type the number in, always in step.
class NumberSlider : public QWidget
{
    Q_OBJECT

public:
    /// @param name object name; the slider's is NAME + "Slider", the box's NAME + "Box"
    /// @param explanation the tooltip
    /// @param step of the slider and of the box's arrows
    NumberSlider(const char* name, const QString& title, const QString& explanation, const NumberRange& range,
                 double step, const QString& unit, QWidget* parent = nullptr);

    double value() const;
    /// Without a signal.
    void setValue(double value);

Q_SIGNALS:
    void valueEdited(double value); ///< by the user, also while the slider moves
    void editEnded();

private:
    void edit(double value);

    NumberRange m_range;
    double m_step;
    QSlider* m_slider;
    NumberBox* m_box;
};

} // namespace thaw::ui

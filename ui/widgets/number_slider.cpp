#include "ui/widgets/number_slider.h"

#include "ui/theme.h"
#include "ui/widgets/issue_label.h"
#include "ui/widgets/number_box.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QSignalBlocker>
#include <QSlider>
#include <QVBoxLayout>

#include <cmath>

namespace thaw::ui {

NumberSlider::NumberSlider(const char* name, const QString& title, const QString& explanation,
                           const NumberRange& range, double step, const QString& unit, QWidget* parent)
    : QWidget(parent)
    , m_range(range)
    , m_step(step)
    , m_slider(new QSlider(Qt::Horizontal, this))
    , m_box(new NumberBox(range, this))
{
    setObjectName(QLatin1String(name));
    const QString plainTitle = QString(title).remove('&');
    setNames(m_slider, qPrintable(QLatin1String(name) + QLatin1String("Slider")), plainTitle);
    setNames(m_box, qPrintable(QLatin1String(name) + QLatin1String("Box")), plainTitle);
    m_slider->setRange(0, static_cast<int>(std::lround((range.high - range.low) / step)));
    m_slider->setPageStep(std::max(1, m_slider->maximum() / 10));
    m_slider->setToolTip(explanation);
    m_slider->setAccessibleDescription(explanation);
    m_box->setStep(step);
    m_box->setUnit(unit);
    m_box->setExplanation(explanation);
    m_box->setAlignment(Qt::AlignRight);
    m_box->setFixedWidth(88);
    auto* issue = new IssueLabel(QLatin1String("issue.") + QLatin1String(name), this);
    issue->follow(m_box);

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins({});
    layout->setSpacing(spacing::small);
    auto* row = new QHBoxLayout;
    row->setSpacing(spacing::normal);
    auto* label = new QLabel(title, this);
    label->setBuddy(m_box);
    label->setToolTip(explanation);
    label->setFixedWidth(96);
    row->addWidget(label);
    row->addWidget(m_slider, 1);
    row->addWidget(m_box);
    layout->addLayout(row);
    layout->addWidget(issue);

    connect(m_slider, &QSlider::valueChanged, this,
            [this](int steps) { edit(m_range.low + steps * m_step); });
    connect(m_slider, &QSlider::sliderReleased, this, &NumberSlider::editEnded);
    connect(m_box, &NumberBox::valueChanged, this, &NumberSlider::edit);
    connect(m_box, &NumberBox::editingFinished, this, &NumberSlider::editEnded);
}

double NumberSlider::value() const
{
    return m_box->value();
}

void NumberSlider::setValue(double value)
{
    const QSignalBlocker sliderBlocker(m_slider);
    m_box->showValue(value);
    m_slider->setValue(static_cast<int>(std::lround((value - m_range.low) / m_step)));
}

void NumberSlider::edit(double value)
{
    setValue(value);
    Q_EMIT valueEdited(m_box->value());
}

} // namespace thaw::ui

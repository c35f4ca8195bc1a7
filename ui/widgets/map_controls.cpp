#include "ui/widgets/map_controls.h"

#include "ui/text/plain_text.h"
#include "ui/theme.h"

#include <QComboBox>
#include <QGridLayout>
#include <QLabel>
#include <QSignalBlocker>
#include <QSlider>

namespace thaw::ui {

namespace {

constexpr int usualOpacity = 60; ///< in percent: shows picture and map alike

QString methodText(ExplainMethod method)
{
    switch (method) {
    case ExplainMethod::HiResCam:
        return MapControls::tr("HiResCAM: what was used, place by place");
    case ExplainMethod::GradCam:
        return MapControls::tr("Grad-CAM: the well-known one, coarser");
    default:
        return MapControls::tr("Occlusion: what is missed when covered (slow)");
    }
}

} // namespace

MapControls::MapControls(QWidget* parent)
    : QWidget(parent)
    , m_method(new QComboBox(this))
    , m_class(new QComboBox(this))
    , m_opacity(new QSlider(Qt::Horizontal, this))
    , m_words(makeMuted({}, this))
{
    setNames(m_method, "mapMethod", tr("Heat map"));
    setNames(m_class, "mapClass", tr("Class that the heat map is for"));
    setNames(m_opacity, "mapOpacity", tr("Opacity of the heat map"));
    m_words->setObjectName("mapWords");
    letShrink(m_words);
    letShrink(m_method);
    letShrink(m_class);
    m_method->addItem(tr("No heat map"));
    for (const ExplainMethod method : explainMethods) {
        m_method->addItem(methodText(method), int(method));
    }
    m_opacity->setRange(0, 100);
    m_opacity->setValue(usualOpacity);
    m_opacity->setToolTip(tr("How much the map covers the picture"));

    auto* layout = new QGridLayout(this);
    layout->setContentsMargins(0, spacing::normal, 0, 0);
    layout->setHorizontalSpacing(spacing::normal);
    layout->setVerticalSpacing(spacing::normal);
    auto* why = new QLabel(tr("Wh&y"), this);
    why->setBuddy(m_method);
    layout->addWidget(why, 0, 0);
    layout->addWidget(m_method, 0, 1, 1, 2);
    layout->addWidget(m_class, 1, 1);
    layout->addWidget(m_opacity, 1, 2);
    layout->addWidget(m_words, 2, 0, 1, 3);
    layout->setColumnStretch(1, 1);
    layout->setColumnStretch(2, 1);
    connect(m_method, &QComboBox::currentIndexChanged, this, [this] {
        showState();
        Q_EMIT changed();
    });
    connect(m_class, &QComboBox::currentIndexChanged, this, &MapControls::changed);
    connect(m_opacity, &QSlider::valueChanged, this, &MapControls::changed);
    showState();
}

std::optional<ExplainMethod> MapControls::method() const
{
    const QVariant chosen = m_method->currentData();
    return chosen.isValid() ? std::optional(ExplainMethod(chosen.toInt())) : std::nullopt;
}

int MapControls::label() const
{
    return m_class->count() == 0 ? -1 : m_class->currentData().toInt();
}

double MapControls::opacity() const
{
    return m_opacity->value() / 100.0;
}

void MapControls::setClasses(const std::vector<std::pair<QString, int>>& classes)
{
    const QSignalBlocker blocker(m_class);
    m_class->clear();
    for (const auto& [name, label] : classes) {
        m_class->addItem(tr("for %1").arg(name), label);
    }
    showState();
}

void MapControls::showWords(const QString& text)
{
    m_words->setText(plainLines(text));
    m_words->setVisible(!text.isEmpty());
}

void MapControls::showState()
{
    const bool isShown = method().has_value();
    m_class->setVisible(isShown);
    m_opacity->setVisible(isShown);
    setEnabled(m_class->count() > 0);
    if (!isShown) {
        showWords({});
    }
}

} // namespace thaw::ui

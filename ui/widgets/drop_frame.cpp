#include "ui/widgets/drop_frame.h"

#include "ui/theme.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QVBoxLayout>

namespace thaw::ui {

DropFrame::DropFrame(const QString& title, const QString& text, QWidget* parent)
    : QFrame(parent), m_icon(new QLabel(this)), m_text(makeMuted(text, this)), m_buttons(new QHBoxLayout)
{
    setAccessibleName(title);
    auto* layout = new QVBoxLayout(this);
    layout->setSpacing(spacing::wide);
    layout->addStretch(2);
    m_icon->setAlignment(Qt::AlignCenter);
    layout->addWidget(m_icon);
    auto* heading = makeHeading(title, this);
    heading->setAlignment(Qt::AlignCenter);
    heading->setWordWrap(true);
    layout->addWidget(heading);
    m_text->setAlignment(Qt::AlignCenter);
    layout->addWidget(m_text);
    m_buttons->setSpacing(spacing::normal);
    m_buttons->addStretch();
    m_buttons->addStretch();
    layout->addLayout(m_buttons);
    layout->addStretch(3);
    showIcon();
}

QPushButton* DropFrame::addButton(const QString& text, const char* name, const QString& accessibleName)
{
    auto* button = new QPushButton(text, this);
    setNames(button, name, accessibleName);
    if (m_buttonCount == 0) {
        setPrimary(button);
    }
    m_buttons->insertWidget(++m_buttonCount, button);
    return button;
}

void DropFrame::setText(const QString& text)
{
    m_text->setText(text);
}

void DropFrame::showIcon()
{
    QPalette colours = palette();
    colours.setColor(QPalette::Active, QPalette::WindowText, themeColours(palette()).accent);
    m_icon->setPixmap(themeIcon("drop", colours).pixmap(56, 56));
}

void DropFrame::setDragged(bool dragged)
{
    m_dragged = dragged;
    update();
}

void DropFrame::paintEvent(QPaintEvent*)
{
    const ThemeColours colours = themeColours(palette());
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setBrush(m_dragged ? colours.accentSoft : colours.card);
    painter.setPen(QPen(m_dragged ? colours.accent : colours.muted, m_dragged ? 2 : 1.5, Qt::DashLine));
    painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), 12, 12);
}

void DropFrame::changeEvent(QEvent* event)
{
    if (event->type() == QEvent::PaletteChange) {
        showIcon();
    }
    QFrame::changeEvent(event);
}

} // namespace thaw::ui

#include "ui/widgets/message_banner.h"

#include "ui/theme.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

namespace thaw::ui {

MessageBanner::MessageBanner(QWidget* parent)
    : QFrame(parent)
    , m_icon(new QLabel(this))
    , m_title(makeSectionTitle({}, this))
    , m_text(makeMuted({}, this))
{
    setNames(this, "messageBanner", tr("Message"));
    setProperty("card", true);
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Maximum);
    auto* layout = new QHBoxLayout(this);
    layout->setSpacing(spacing::wide);
    layout->addWidget(m_icon, 0, Qt::AlignTop);
    auto* words = new QVBoxLayout;
    words->setSpacing(spacing::small);
    m_title->setWordWrap(true);
    m_title->setObjectName("bannerTitle");
    m_text->setObjectName("bannerText");
    m_text->setTextFormat(Qt::PlainText);
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse);
    words->addWidget(m_title);
    words->addWidget(m_text);
    layout->addLayout(words, 1);
    auto* close = new QPushButton(tr("Close"), this);
    close->setFlat(true);
    setNames(close, "closeBannerButton", tr("Close this message"));
    layout->addWidget(close, 0, Qt::AlignTop);
    connect(close, &QPushButton::clicked, this, &QWidget::hide);
    hide();
}

void MessageBanner::showMessage(Kind kind, const QString& title, const QString& text)
{
    m_kind = kind;
    m_title->setText(title);
    m_text->setText(text);
    m_text->setVisible(!text.isEmpty());
    setAccessibleDescription(title + ". " + text);
    showIcon();
    show();
}

void MessageBanner::showError(const ErrorReport& error)
{
    showMessage(Kind::Error, errorTitle(error.code), errorText(error));
}

QString MessageBanner::title() const
{
    return m_title->text();
}

QString MessageBanner::text() const
{
    return m_text->text();
}

void MessageBanner::showIcon()
{
    const ThemeColours colours = themeColours(palette());
    QPalette tinted = palette();
    QString name = "info";
    QColor colour = colours.accent;
    if (m_kind == Kind::Warning) {
        name = "warning";
        colour = colours.warning;
    } else if (m_kind == Kind::Error) {
        name = "error";
        colour = colours.bad;
    }
    tinted.setColor(QPalette::Active, QPalette::WindowText, colour);
    m_icon->setPixmap(themeIcon(name, tinted).pixmap(24, 24));
}

void MessageBanner::changeEvent(QEvent* event)
{
    if (event->type() == QEvent::PaletteChange) {
        showIcon();
    }
    QFrame::changeEvent(event);
}

} // namespace thaw::ui

#include "ui/widgets/message_banner.h"

#include "ui/text/plain_text.h"
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
    , m_buttons(new QHBoxLayout)
    , m_close(new QPushButton(tr("Close"), this))
{
    setNames(this, "messageBanner", tr("Message"));
    setProperty("card", true);
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Maximum);
    auto* layout = new QHBoxLayout(this);
    layout->setSpacing(spacing::wide);
    layout->addWidget(m_icon, 0, Qt::AlignTop);
    auto* words = new QVBoxLayout;
    words->setSpacing(spacing::small);
    letShrink(m_title);
    letShrink(m_text);
    m_title->setObjectName("bannerTitle");
    m_text->setObjectName("bannerText");
    m_text->setTextFormat(Qt::PlainText);
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse);
    words->addWidget(m_title);
    words->addWidget(m_text);
    layout->addLayout(words, 1);
    m_close->setFlat(true);
    setNames(m_close, "closeBannerButton", tr("Close this message"));
    m_buttons->setSpacing(spacing::normal);
    m_buttons->addWidget(m_close);
    layout->addLayout(m_buttons);
    layout->setAlignment(m_buttons, Qt::AlignTop);
    connect(m_close, &QPushButton::clicked, this, &QWidget::hide);
    hide();
}

void MessageBanner::showMessage(Kind kind, const QString& title, const QString& text)
{
    m_kind = kind;
    m_title->setText(plainLine(title));
    m_text->setText(plainLines(text));
    m_text->setVisible(!text.isEmpty());
    setAccessibleDescription(m_title->text() + ". " + m_text->text());
    showIcon();
    show();
}

void MessageBanner::showError(const ErrorReport& error)
{
    showMessage(Kind::Error, errorTitle(error.code), errorText(error));
}

void MessageBanner::setCloseable(bool closeable)
{
    m_close->setVisible(closeable);
}

QPushButton* MessageBanner::addButton(const QString& text, const char* name)
{
    auto* button = new QPushButton(text, this);
    setNames(button, name, QString(text).remove('&'));
    m_buttons->insertWidget(m_buttons->count() - 1, button);
    return button;
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

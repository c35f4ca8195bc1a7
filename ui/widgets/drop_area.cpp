#include "ui/widgets/drop_area.h"

#include "ui/text/path_text.h"
#include "ui/theme.h"

#include <QDragEnterEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QMimeData>
#include <QPainter>
#include <QPushButton>
#include <QUrl>
#include <QVBoxLayout>

namespace thaw::ui {

QString droppedPath(const QMimeData* data)
{
    for (const QUrl& url : data->urls()) {
        if (url.isLocalFile()) {
            return localPath(url);
        }
    }
    return {};
}

DropArea::DropArea(QWidget* parent) : QFrame(parent), m_icon(new QLabel(this))
{
    setNames(this, "dropArea", tr("Drop a folder of pictures here"));
    setAcceptDrops(true);
    auto* layout = new QVBoxLayout(this);
    layout->setSpacing(spacing::wide);
    layout->addStretch(2);
    m_icon->setAlignment(Qt::AlignCenter);
    layout->addWidget(m_icon);
    auto* title = makeHeading(tr("Drop a folder of pictures here"), this);
    title->setAlignment(Qt::AlignCenter);
    title->setWordWrap(true);
    layout->addWidget(title);
    auto* text = makeMuted(
        tr("One folder for each class, or train, validation and test folders, or a split.csv."), this);
    text->setAlignment(Qt::AlignCenter);
    layout->addWidget(text);

    auto* buttons = new QHBoxLayout;
    buttons->setSpacing(spacing::normal);
    auto* choose = new QPushButton(tr("&Choose folder…"), this);
    setNames(choose, "chooseFolderButton", tr("Choose a folder of pictures"));
    setPrimary(choose);
    auto* sample = new QPushButton(tr("&Try sample pictures"), this);
    setNames(sample, "samplePicturesButton", tr("Try sample pictures"));
    sample->setToolTip(
        tr("Gets a small data set from the network, once. Without a network, pictures are drawn."));
    buttons->addStretch();
    buttons->addWidget(choose);
    buttons->addWidget(sample);
    buttons->addStretch();
    layout->addLayout(buttons);
    layout->addStretch(3);

    connect(choose, &QPushButton::clicked, this, &DropArea::chooseClicked);
    connect(sample, &QPushButton::clicked, this, &DropArea::sampleClicked);
    showIcon();
}

void DropArea::showIcon()
{
    QPalette colours = palette();
    colours.setColor(QPalette::Active, QPalette::WindowText, themeColours(palette()).accent);
    m_icon->setPixmap(themeIcon("drop", colours).pixmap(56, 56));
}

void DropArea::setDragged(bool dragged)
{
    m_dragged = dragged;
    update();
}

void DropArea::dragEnterEvent(QDragEnterEvent* event)
{
    if (!droppedPath(event->mimeData()).isEmpty()) {
        event->acceptProposedAction();
        setDragged(true);
    }
}

void DropArea::dragLeaveEvent(QDragLeaveEvent*)
{
    setDragged(false);
}

void DropArea::dropEvent(QDropEvent* event)
{
    setDragged(false);
    event->acceptProposedAction();
    Q_EMIT pathDropped(droppedPath(event->mimeData()));
}

void DropArea::paintEvent(QPaintEvent*)
{
    const ThemeColours colours = themeColours(palette());
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setBrush(m_dragged ? colours.accentSoft : colours.card);
    painter.setPen(QPen(m_dragged ? colours.accent : colours.muted, m_dragged ? 2 : 1.5, Qt::DashLine));
    painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), 12, 12);
}

void DropArea::changeEvent(QEvent* event)
{
    if (event->type() == QEvent::PaletteChange) {
        showIcon();
    }
    QFrame::changeEvent(event);
}

} // namespace thaw::ui

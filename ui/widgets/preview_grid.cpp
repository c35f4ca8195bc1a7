#include "ui/widgets/preview_grid.h"

#include "ui/theme.h"

#include <QPainter>
#include <QPainterPath>

#include <algorithm>

namespace thaw::ui {

PreviewGrid::PreviewGrid(QWidget* parent) : QWidget(parent), m_images(std::size_t(columns) * rows)
{
    setNames(this, "previewGrid", tr("Variations of one training picture"));
}

void PreviewGrid::setEpochs(int epochs)
{
    m_epochs = std::clamp(epochs, 0, columns * rows - 1);
    std::fill(m_images.begin() + m_epochs + 1, m_images.end(), QImage());
    update();
}

void PreviewGrid::setPicture(int tile, const QImage& image)
{
    if (tile >= 0 && tile <= m_epochs) {
        m_images[static_cast<std::size_t>(tile)] = image;
        update();
    }
}

QImage PreviewGrid::picture(int tile) const
{
    return m_images.at(static_cast<std::size_t>(tile));
}

void PreviewGrid::clear()
{
    std::ranges::fill(m_images, QImage());
    update();
}

QString PreviewGrid::caption(int tile) const
{
    return tile == 0 ? tr("Original") : tr("Epoch %1").arg(tile);
}

void PreviewGrid::paintEvent(QPaintEvent*)
{
    const ThemeColours colours = themeColours(palette());
    QPainter painter(this);
    painter.setRenderHints(QPainter::Antialiasing | QPainter::SmoothPixmapTransform);
    const int gap = spacing::wide;
    const int captionHeight = fontMetrics().height() + spacing::small;
    const int tileWidth = (width() - gap * (columns - 1)) / columns;
    const int tileHeight = (height() - gap * (rows - 1)) / rows - captionHeight;
    const int side = std::max(16, std::min(tileWidth, tileHeight));
    const int left = (width() - side * columns - gap * (columns - 1)) / 2;

    for (int tile = 0; tile <= m_epochs; ++tile) {
        const int x = left + (tile % columns) * (side + gap);
        const int y = (tile / columns) * (side + captionHeight + gap);
        const QRect frame(x, y, side, side);
        const QImage& image = m_images[static_cast<std::size_t>(tile)];
        QPainterPath rounded;
        rounded.addRoundedRect(frame, 6, 6);
        painter.fillPath(rounded, colours.border);
        if (!image.isNull()) {
            painter.save();
            painter.setClipPath(rounded);
            painter.drawImage(frame, image);
            painter.restore();
        }
        if (tile == 0) {
            painter.setPen(QPen(colours.accent, 2));
            painter.drawPath(rounded);
        }
        painter.setPen(tile == 0 ? colours.text : colours.muted);
        painter.drawText(QRect(x, y + side, side, captionHeight), Qt::AlignHCenter | Qt::AlignBottom,
                         caption(tile));
    }
}

} // namespace thaw::ui

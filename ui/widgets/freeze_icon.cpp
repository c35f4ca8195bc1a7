#include "ui/widgets/freeze_icon.h"

#include "ui/theme.h"

#include <QPainter>
#include <QPainterPath>
#include <QPixmap>

#include <algorithm>
#include <array>
#include <cmath>

namespace thaw::ui {

namespace {

void paintSnowflake(QPainter& painter, const QRectF& rect, const QColor& colour)
{
    const QPointF centre = rect.center();
    const double radius = std::min(rect.width(), rect.height()) * 0.46;
    painter.setPen(QPen(colour, std::max(1.1, radius * 0.17), Qt::SolidLine, Qt::RoundCap));
    for (int arm = 0; arm < 6; ++arm) {
        const double angle = arm * M_PI / 3 + M_PI / 2;
        const auto at = [&](double distance, double turn) {
            return centre + distance * radius * QPointF(std::cos(angle + turn), -std::sin(angle + turn));
        };
        painter.drawLine(centre, at(1, 0));
        painter.drawLine(at(0.55, 0), at(0.9, 0.35));
        painter.drawLine(at(0.55, 0), at(0.9, -0.35));
    }
}

void paintFlame(QPainter& painter, const QRectF& rect, const QColor& colour)
{
    const auto at = [&](double x, double y) {
        return QPointF(rect.left() + x * rect.width(), rect.top() + y * rect.height());
    };
    QPainterPath outer(at(0.52, 0.02));
    outer.cubicTo(at(0.60, 0.26), at(0.90, 0.40), at(0.86, 0.68));
    outer.cubicTo(at(0.83, 0.88), at(0.66, 0.98), at(0.50, 0.98));
    outer.cubicTo(at(0.30, 0.98), at(0.14, 0.86), at(0.14, 0.64));
    outer.cubicTo(at(0.14, 0.48), at(0.25, 0.40), at(0.29, 0.26));
    outer.cubicTo(at(0.36, 0.34), at(0.39, 0.40), at(0.40, 0.47));
    outer.cubicTo(at(0.49, 0.36), at(0.53, 0.22), at(0.52, 0.02));
    QPainterPath inner(at(0.52, 0.58));
    inner.cubicTo(at(0.66, 0.70), at(0.68, 0.80), at(0.58, 0.88));
    inner.cubicTo(at(0.50, 0.93), at(0.38, 0.90), at(0.37, 0.78));
    inner.cubicTo(at(0.38, 0.70), at(0.48, 0.66), at(0.52, 0.58));
    painter.setPen(Qt::NoPen);
    painter.setBrush(colour);
    painter.drawPath(outer.subtracted(inner));
}

} // namespace

void paintFreezeSign(QPainter& painter, const QRectF& rect, bool trains, const QColor& colour)
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    if (trains) {
        paintFlame(painter, rect, colour);
    } else {
        paintSnowflake(painter, rect, colour);
    }
    painter.restore();
}

QColor freezeColour(const QPalette& palette, bool trains)
{
    const ThemeColours colours = themeColours(palette);
    return trains ? colours.thawed : colours.frozen;
}

QIcon freezeIcon(const QPalette& palette, bool trains)
{
    QIcon icon;
    for (int side : {16, 32, 48}) {
        QPixmap pixmap(side, side);
        pixmap.fill(Qt::transparent);
        QPainter painter(&pixmap);
        paintFreezeSign(painter, QRectF(0, 0, side, side).adjusted(1, 1, -1, -1), trains,
                        freezeColour(palette, trains));
        painter.end();
        icon.addPixmap(pixmap);
    }
    return icon;
}

QColor blockColour(const QPalette& palette, int block)
{
    static const std::array<QColor, 6> light{QColor(120, 124, 130), QColor(64, 120, 192),
                                             QColor(28, 142, 132),  QColor(96, 140, 36),
                                             QColor(176, 116, 0),   QColor(176, 72, 110)};
    static const std::array<QColor, 6> dark{QColor(150, 154, 160), QColor(116, 168, 236),
                                            QColor(80, 190, 178),  QColor(150, 194, 92),
                                            QColor(224, 172, 72),  QColor(226, 130, 164)};
    const auto index = std::size_t(std::clamp(block, 0, 5));
    return isDark(palette) ? dark[index] : light[index];
}

} // namespace thaw::ui

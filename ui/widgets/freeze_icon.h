#pragma once

#include <QColor>
#include <QIcon>
#include <QPalette>
#include <QRectF>

class QPainter;

namespace thaw::ui {

/// Snowflake: frozen, kept as it is. Flame: trains. The shapes differ, so colour is never the only sign.
void paintFreezeSign(QPainter& painter, const QRectF& rect, bool trains, const QColor& colour);

/// Ink for the signs that reads on the palette's base.
QColor freezeColour(const QPalette& palette, bool trains);

QIcon freezeIcon(const QPalette& palette, bool trains);

/// One colour for each block 1–5 (0: the input or the head), readable as a mark on light and dark.
QColor blockColour(const QPalette& palette, int block);

} // namespace thaw::ui

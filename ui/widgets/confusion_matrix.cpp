#include "ui/widgets/confusion_matrix.h"

#include "ui/text/plain_text.h"
#include "ui/text/training_words.h"
#include "ui/theme.h"

#include <QAccessible>
#include <QApplication>
#include <QClipboard>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QLocale>
#include <QPainter>
#include <QScrollBar>
#include <QToolTip>

#include <algorithm>
#include <cmath>

namespace thaw::ui {

namespace {

constexpr int leastCell = 4;
constexpr int leastFittedCell = 16; ///< smaller ones by zooming only
constexpr int largestCell = 72;
constexpr int headGap = 6;

QColor blended(const QColor& below, const QColor& above, double share)
{
    const auto part = [share](double from, double to) {
        return static_cast<float>(from + (to - from) * share);
    };
    return QColor::fromRgbF(part(below.redF(), above.redF()), part(below.greenF(), above.greenF()),
                            part(below.blueF(), above.blueF()));
}

} // namespace

ConfusionMatrix::ConfusionMatrix(QWidget* parent) : QAbstractScrollArea(parent)
{
    setNames(this, "confusionMatrix", tr("Confusion matrix"));
    setFocusPolicy(Qt::StrongFocus);
    setFrameShape(QFrame::NoFrame);
    setMinimumSize(200, 160);
    viewport()->setAutoFillBackground(false);
}

void ConfusionMatrix::setConfusion(const std::vector<std::string>& classes,
                                   const std::vector<std::vector<int>>& confusion)
{
    m_names = classes;
    m_confusion = confusion;
    m_rowSums.assign(classes.size(), 0);
    m_columnSums.assign(classes.size(), 0);
    m_largest = 1;
    m_largestError = 1;
    for (std::size_t row = 0; row < confusion.size(); ++row) {
        for (std::size_t column = 0; column < confusion.size(); ++column) {
            const int images = confusion[row][column];
            m_rowSums[row] += images;
            m_columnSums[column] += images;
            m_largest = std::max(m_largest, images);
            m_largestError = row == column ? m_largestError : std::max(m_largestError, images);
        }
    }
    m_zoom = 0;
    m_row = 0;
    m_column = 0;
    setOrder(m_classOrder);
}

void ConfusionMatrix::setOrder(ClassOrder order)
{
    m_classOrder = order;
    m_order = classOrder(m_confusion, m_names, order);
    m_choice.reset();
    layOut();
    if (count() > 0) {
        moveTo(m_row, m_column);
    }
}

void ConfusionMatrix::setValues(Values values)
{
    m_values = values;
    viewport()->update();
}

void ConfusionMatrix::clearChoice()
{
    m_choice.reset();
    viewport()->update();
}

int ConfusionMatrix::images(int row, int column) const
{
    return m_confusion[classAt(row)][classAt(column)];
}

/// How strongly a cell is filled, 0–1. Counts by their logarithm: a class of hundreds would leave none for
/// one of ten.
double ConfusionMatrix::share(int row, int column) const
{
    const int value = images(row, column);
    if (value == 0 || (m_values == Values::Errors && row == column)) {
        return 0;
    }
    switch (m_values) {
    case Values::ByRow:
        return double(value) / m_rowSums[classAt(row)];
    case Values::ByColumn:
        return double(value) / m_columnSums[classAt(column)];
    case Values::Errors:
        return std::log1p(value) / std::log1p(m_largestError);
    case Values::Counts:
        break;
    }
    return std::log1p(value) / std::log1p(m_largest);
}

QString ConfusionMatrix::cellText(int row, int column) const
{
    const int value = images(row, column);
    if (value == 0 || (m_values == Values::Errors && row == column)) {
        return {};
    }
    if (m_values == Values::ByRow || m_values == Values::ByColumn) {
        const double percent = 100 * share(row, column);
        return percent < 1 ? QStringLiteral("<1") : QLocale().toString(percent, 'f', 0);
    }
    return QLocale().toString(value);
}

QString ConfusionMatrix::description(int row, int column) const
{
    const QString truth = plainLine(m_names[classAt(row)]);
    const QString label = plainLine(m_names[classAt(column)]);
    const int value = images(row, column);
    const int all = m_rowSums[classAt(row)];
    const QString pictures = row == column
                                 ? tr("%1 answered rightly: %n picture(s)", nullptr, value).arg(truth)
                                 : tr("%1 taken for %2: %n picture(s)", nullptr, value).arg(truth, label);
    return all > 0 ? tr("%1, %2 of the class", "a count, a percentage")
                         .arg(pictures, accuracyText(double(value) / all, all))
                   : pictures;
}

void ConfusionMatrix::layOut()
{
    if (count() == 0) {
        viewport()->update();
        return;
    }
    const QFontMetrics metrics = fontMetrics();
    int widest = 0;
    for (const std::string& name : m_names) {
        widest = std::max(widest, metrics.horizontalAdvance(plainLine(name)));
    }
    const QSize room = viewport()->size();
    const int caption = metrics.lineSpacing();
    m_rowHead = std::min(widest, room.width() * 3 / 10) + caption + 2 * headGap;
    const int across = (room.width() - m_rowHead - 1) / count();
    m_isTurned = widest + headGap > std::min(across, largestCell);
    m_columnHead = caption + 2 * headGap +
                   (m_isTurned ? std::min(widest, room.height() * 3 / 10) : metrics.lineSpacing());
    const int down = (room.height() - m_columnHead - 1) / count();
    const int fitting = std::clamp(std::min(across, down), leastFittedCell, largestCell);
    m_cell = std::clamp(int(std::lround(fitting * std::pow(1.25, m_zoom))), leastCell, 2 * largestCell);
    const auto setRange = [this](QScrollBar* bar, int whole, int shown) {
        bar->setRange(0, std::max(0, whole - shown));
        bar->setPageStep(std::max(1, shown));
        bar->setSingleStep(m_cell);
    };
    setRange(horizontalScrollBar(), count() * m_cell + 1, room.width() - m_rowHead);
    setRange(verticalScrollBar(), count() * m_cell + 1, room.height() - m_columnHead);
    viewport()->update();
}

QRect ConfusionMatrix::rectOf(int row, int column) const
{
    return {m_rowHead + column * m_cell - horizontalScrollBar()->value(),
            m_columnHead + row * m_cell - verticalScrollBar()->value(), m_cell, m_cell};
}

QRect ConfusionMatrix::cellRect(std::size_t truth, std::size_t label) const
{
    const auto placeOf = [this](std::size_t wanted) {
        return static_cast<int>(std::ranges::find(m_order, wanted) - m_order.begin());
    };
    return rectOf(placeOf(truth), placeOf(label));
}

std::optional<ConfusionMatrix::Place> ConfusionMatrix::placeAt(const QPoint& point) const
{
    const int x = point.x() - m_rowHead;
    const int y = point.y() - m_columnHead;
    const Place place{y < 0 ? -1 : (y + verticalScrollBar()->value()) / m_cell,
                      x < 0 ? -1 : (x + horizontalScrollBar()->value()) / m_cell};
    if (count() == 0 || place.row >= count() || place.column >= count() || (x < 0 && y < 0)) {
        return std::nullopt;
    }
    return place;
}

void ConfusionMatrix::paintEvent(QPaintEvent*)
{
    if (count() == 0) {
        return;
    }
    QPainter painter(viewport());
    const QRect cells(m_rowHead, m_columnHead, viewport()->width() - m_rowHead,
                      viewport()->height() - m_columnHead);
    painter.setClipRect(cells);
    paintCells(painter, cells);
    painter.setClipping(false);
    paintHeads(painter, cells);
}

void ConfusionMatrix::paintCells(QPainter& painter, const QRect& cells)
{
    const ThemeColours colours = themeColours(palette());
    const QFontMetrics metrics = fontMetrics();
    const bool hasNumbers = m_cell >= metrics.height();
    const int gap = m_cell >= 12 ? 1 : 0;
    const int firstRow = verticalScrollBar()->value() / m_cell;
    const int firstColumn = horizontalScrollBar()->value() / m_cell;
    const int lastRow = std::min(count() - 1, firstRow + cells.height() / m_cell + 1);
    const int lastColumn = std::min(count() - 1, firstColumn + cells.width() / m_cell + 1);
    for (int row = firstRow; row <= lastRow; ++row) {
        for (int column = firstColumn; column <= lastColumn; ++column) {
            const QRect rect = rectOf(row, column).adjusted(gap, gap, 0, 0);
            const double strength = share(row, column);
            const QColor full = row == column ? colours.accent : colours.bad;
            // A single mistake among hundreds is still seen.
            const QColor fill = strength > 0
                                    ? blended(colours.card, full, 0.12 + 0.88 * strength)
                                    : blended(colours.card, colours.border, row == column ? 0.6 : 0.25);
            painter.fillRect(rect, fill);
            const QString text = hasNumbers ? cellText(row, column) : QString();
            if (!text.isEmpty() && metrics.horizontalAdvance(text) <= m_cell) {
                const double light = 0.299 * fill.redF() + 0.587 * fill.greenF() + 0.114 * fill.blueF();
                painter.setPen(light > 0.5 ? QColor(Qt::black) : QColor(Qt::white));
                painter.drawText(rect, Qt::AlignCenter, text);
            }
        }
    }
    if (m_choice) {
        const int row = m_choice->row;
        const int column = m_choice->column;
        const QRect first = rectOf(std::max(0, row), std::max(0, column));
        const QRect last = rectOf(row < 0 ? count() - 1 : row, column < 0 ? count() - 1 : column);
        painter.setPen(QPen(colours.text, 3));
        painter.drawRect(first.united(last).adjusted(1, 1, -1, -1));
    }
    if (hasFocus()) {
        painter.setPen(QPen(colours.text, 1, Qt::DashLine));
        painter.drawRect(rectOf(m_row, m_column).adjusted(1, 1, -1, -1));
    }
}

void ConfusionMatrix::paintHeads(QPainter& painter, const QRect& cells)
{
    const ThemeColours colours = themeColours(palette());
    const QFontMetrics metrics = fontMetrics();
    const int caption = metrics.lineSpacing();
    // Where lines would run into each other, each so many-th name.
    const int every = std::max(1, (metrics.lineSpacing() + m_cell - 1) / m_cell);
    const auto setPen = [&](bool isChosen) { painter.setPen(isChosen ? colours.accent : colours.text); };
    painter.setClipRect(0, cells.top(), cells.left(), cells.height());
    for (int row = 0; row < count(); row += every) {
        const QRect rect = rectOf(row, 0);
        if (rect.bottom() < cells.top() || rect.top() > cells.bottom()) {
            continue;
        }
        const QRect line(caption + headGap, rect.center().y() - caption / 2,
                         m_rowHead - caption - 2 * headGap, caption);
        setPen(m_choice && m_choice->row == row);
        painter.drawText(line, Qt::AlignRight | Qt::AlignVCenter,
                         metrics.elidedText(plainLine(m_names[classAt(row)]), Qt::ElideMiddle, line.width()));
    }
    painter.setClipRect(cells.left(), 0, cells.width(), cells.top());
    const int length = m_columnHead - caption - 2 * headGap;
    for (int column = 0; column < count(); column += every) {
        const QRect rect = rectOf(0, column);
        if (rect.right() < cells.left() || rect.left() > cells.right()) {
            continue;
        }
        setPen(m_choice && m_choice->column == column);
        const QString name = plainLine(m_names[classAt(column)]);
        if (m_isTurned) {
            painter.save();
            painter.translate(rect.center().x(), cells.top() - headGap);
            painter.rotate(-90);
            painter.drawText(QRect(0, -caption / 2, length, caption), Qt::AlignLeft | Qt::AlignVCenter,
                             metrics.elidedText(name, Qt::ElideMiddle, length));
            painter.restore();
        } else {
            painter.drawText(QRect(rect.left(), cells.top() - headGap - caption, rect.width(), caption),
                             Qt::AlignCenter, metrics.elidedText(name, Qt::ElideMiddle, rect.width()));
        }
    }
    painter.setClipping(false);
    painter.setPen(colours.muted);
    const QRect wide(cells.left(), 0, std::min(cells.width(), count() * m_cell), caption);
    painter.drawText(wide, Qt::AlignCenter, metrics.elidedText(tr("Answer"), Qt::ElideRight, wide.width()));
    const int height = std::min(cells.height(), count() * m_cell);
    painter.translate(0, cells.top() + height);
    painter.rotate(-90);
    painter.drawText(QRect(0, 0, height, caption), Qt::AlignCenter, tr("Truth"));
    painter.resetTransform();
}

void ConfusionMatrix::resizeEvent(QResizeEvent*)
{
    layOut();
}

bool ConfusionMatrix::event(QEvent* event)
{
    if (event->type() == QEvent::FontChange || event->type() == QEvent::StyleChange) {
        layOut();
    }
    // Ctrl+C is this table's while it has the focus, whatever else the window gives it to.
    if (event->type() == QEvent::ShortcutOverride &&
        static_cast<QKeyEvent*>(event)->matches(QKeySequence::Copy)) {
        event->accept();
    }
    return QAbstractScrollArea::event(event);
}

bool ConfusionMatrix::viewportEvent(QEvent* event)
{
    if (event->type() == QEvent::ToolTip) {
        auto* help = static_cast<QHelpEvent*>(event);
        const auto place = placeAt(help->pos());
        QString text;
        if (place) {
            text = place->row < 0      ? plainLine(m_names[classAt(place->column)])
                   : place->column < 0 ? plainLine(m_names[classAt(place->row)])
                                       : description(place->row, place->column);
        }
        QToolTip::showText(help->globalPos(), plainToolTip(text), viewport());
        return true;
    }
    return QAbstractScrollArea::viewportEvent(event);
}

void ConfusionMatrix::mousePressEvent(QMouseEvent* event)
{
    const auto place = placeAt(event->position().toPoint());
    if (event->button() != Qt::LeftButton || !place) {
        return;
    }
    if (place->row >= 0 && place->column >= 0) {
        moveTo(place->row, place->column);
    }
    choose(*place);
}

void ConfusionMatrix::choose(const Place& place)
{
    m_choice = place;
    viewport()->update();
    const auto label = [this](int at) {
        return at < 0 ? std::nullopt : std::optional(static_cast<int>(classAt(at)));
    };
    Q_EMIT chosen(label(place.row), label(place.column));
}

void ConfusionMatrix::moveTo(int row, int column)
{
    m_row = std::clamp(row, 0, count() - 1);
    m_column = std::clamp(column, 0, count() - 1);
    const auto show = [this](QScrollBar* bar, int place) {
        const int begin = place * m_cell;
        const int end = begin + m_cell + 1 - bar->pageStep();
        bar->setValue(std::min(begin, std::max(end, bar->value())));
    };
    show(horizontalScrollBar(), m_column);
    show(verticalScrollBar(), m_row);
    setAccessibleName(tr("Confusion matrix: %1").arg(description(m_row, m_column)));
    QAccessibleEvent changed(this, QAccessible::NameChanged);
    QAccessible::updateAccessibility(&changed);
    viewport()->update();
}

void ConfusionMatrix::keyPressEvent(QKeyEvent* event)
{
    if (count() == 0) {
        return;
    }
    const int page = std::max(1, verticalScrollBar()->pageStep() / m_cell);
    const bool isControl = event->modifiers() & Qt::ControlModifier;
    if (event->matches(QKeySequence::Copy)) {
        copy();
        return;
    }
    switch (event->key()) {
    case Qt::Key_Up:
        return moveTo(m_row - 1, m_column);
    case Qt::Key_Down:
        return moveTo(m_row + 1, m_column);
    case Qt::Key_Left:
        return moveTo(m_row, m_column - 1);
    case Qt::Key_Right:
        return moveTo(m_row, m_column + 1);
    case Qt::Key_PageUp:
        return moveTo(m_row - page, m_column);
    case Qt::Key_PageDown:
        return moveTo(m_row + page, m_column);
    case Qt::Key_Home:
        return moveTo(isControl ? 0 : m_row, 0);
    case Qt::Key_End:
        return moveTo(isControl ? count() - 1 : m_row, count() - 1);
    case Qt::Key_Return:
    case Qt::Key_Enter:
    case Qt::Key_Space:
        return choose({m_row, m_column});
    case Qt::Key_Plus:
    case Qt::Key_Equal:
        return zoomBy(1);
    case Qt::Key_Minus:
        return zoomBy(-1);
    case Qt::Key_0:
        return zoomBy(-m_zoom);
    case Qt::Key_Escape:
        if (m_choice) {
            clearChoice();
            Q_EMIT choiceCleared();
            return;
        }
        break;
    default:
        break;
    }
    QAbstractScrollArea::keyPressEvent(event);
}

void ConfusionMatrix::zoomBy(int steps)
{
    constexpr int mostSteps = 8;
    m_zoom = std::clamp(m_zoom + steps, -mostSteps, mostSteps);
    layOut();
    moveTo(m_row, m_column);
}

void ConfusionMatrix::wheelEvent(QWheelEvent* event)
{
    if (event->modifiers() & Qt::ControlModifier && count() > 0) {
        zoomBy(event->angleDelta().y() > 0 ? 1 : -1);
        event->accept();
        return;
    }
    QAbstractScrollArea::wheelEvent(event);
}

void ConfusionMatrix::focusInEvent(QFocusEvent* event)
{
    QAbstractScrollArea::focusInEvent(event);
    viewport()->update();
}

void ConfusionMatrix::focusOutEvent(QFocusEvent* event)
{
    QAbstractScrollArea::focusOutEvent(event);
    viewport()->update();
}

QString ConfusionMatrix::text() const
{
    QString text = tr("Truth / answer");
    for (const std::size_t label : m_order) {
        text += '\t' + plainLine(m_names[label]);
    }
    for (const std::size_t truth : m_order) {
        text += '\n' + plainLine(m_names[truth]);
        for (const std::size_t label : m_order) {
            text += '\t' + QString::number(m_confusion[truth][label]);
        }
    }
    return text + '\n';
}

void ConfusionMatrix::copy() const
{
    QApplication::clipboard()->setText(text());
}

} // namespace thaw::ui

#include "ui/widgets/picture_canvas.h"

#include "ui/text/plain_text.h"
#include "ui/theme.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QWheelEvent>

#include <algorithm>
#include <cmath>

namespace thaw::ui {

namespace {

constexpr double zoomStep = 1.25;
constexpr double mostZoom = 32;
/// From here on single pixels are what one wants to see.
constexpr double zoomOfPixels = 4;
constexpr int keyStep = 60; ///< pixels of the screen that an arrow moves the picture

} // namespace

PictureCanvas::PictureCanvas(QWidget* parent) : QWidget(parent)
{
    setNames(this, "pictureCanvas", tr("Picture"));
    setFocusPolicy(Qt::StrongFocus);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
}

void PictureCanvas::setPicture(const QImage& picture)
{
    m_picture = picture;
    m_reduced = {};
    m_overlay = {};
    m_message.clear();
    fit();
}

void PictureCanvas::setOverlay(const QImage& overlay, const QRectF& part)
{
    m_overlay = overlay;
    m_overlayPart = part;
    update();
}

void PictureCanvas::setOverlayOpacity(double opacity)
{
    m_opacity = std::clamp(opacity, 0.0, 1.0);
    update();
}

void PictureCanvas::setMessage(const QString& text)
{
    setPicture({});
    m_message = plainLines(text);
}

double PictureCanvas::fittingZoom() const
{
    if (m_picture.isNull()) {
        return 1;
    }
    const QSizeF room = QSizeF(size()) * devicePixelRatioF();
    return std::max(1e-3, std::min(room.width() / m_picture.width(), room.height() / m_picture.height()));
}

double PictureCanvas::zoom() const
{
    return isFitted() ? fittingZoom() : m_zoom;
}

QRectF PictureCanvas::pictureRect() const
{
    const QSizeF shown = QSizeF(m_picture.size()) * (zoom() / devicePixelRatioF());
    const QPointF middle(width() / 2.0, height() / 2.0);
    return {middle - QPointF(m_centre.x() * shown.width(), m_centre.y() * shown.height()), shown};
}

void PictureCanvas::fit()
{
    m_zoom = 0;
    keepInside();
}

void PictureCanvas::zoomIn()
{
    zoomTo(zoom() * zoomStep, rect().toRectF().center());
}

void PictureCanvas::zoomOut()
{
    zoomTo(zoom() / zoomStep, rect().toRectF().center());
}

void PictureCanvas::showActualSize()
{
    zoomTo(1, rect().toRectF().center());
}

void PictureCanvas::zoomTo(double zoom, const QPointF& about)
{
    if (m_picture.isNull()) {
        return;
    }
    const QRectF before = pictureRect();
    const QPointF held((about.x() - before.left()) / before.width(),
                       (about.y() - before.top()) / before.height());
    const double least = std::min(1.0, fittingZoom()); // a small picture is fitted by enlarging it
    m_zoom = std::clamp(zoom, least, std::max(mostZoom, fittingZoom()));
    const QRectF after = pictureRect();
    const QPointF there(after.left() + held.x() * after.width(), after.top() + held.y() * after.height());
    m_centre += QPointF((there.x() - about.x()) / after.width(), (there.y() - about.y()) / after.height());
    keepInside();
}

bool PictureCanvas::moveBy(const QPointF& distance)
{
    const QRectF shown = pictureRect();
    const QPointF before = m_centre;
    m_centre += QPointF(distance.x() / shown.width(), distance.y() / shown.height());
    keepInside();
    return m_centre != before;
}

/// No empty room beside a picture that is larger than the widget; one that is smaller stays in the middle.
void PictureCanvas::keepInside()
{
    const QSizeF shown = pictureRect().size();
    const auto kept = [](double centre, double picture, double room) {
        const double half = room / 2 / std::max(picture, 1.0);
        return half >= 0.5 ? 0.5 : std::clamp(centre, half, 1 - half);
    };
    m_centre = {kept(m_centre.x(), shown.width(), width()), kept(m_centre.y(), shown.height(), height())};
    showCursor();
    update();
    Q_EMIT zoomChanged();
}

void PictureCanvas::showCursor()
{
    const QSizeF shown = pictureRect().size();
    const bool canMove = shown.width() > width() + 1 || shown.height() > height() + 1;
    setCursor(m_isDragging ? Qt::ClosedHandCursor : canMove ? Qt::OpenHandCursor : Qt::ArrowCursor);
}

void PictureCanvas::paintEvent(QPaintEvent*)
{
    const ThemeColours colours = themeColours(palette());
    QPainter painter(this);
    painter.fillRect(rect(), colours.window);
    if (m_picture.isNull()) {
        painter.setPen(colours.muted);
        painter.drawText(rect().adjusted(spacing::wide, 0, -spacing::wide, 0),
                         Qt::AlignCenter | Qt::TextWordWrap, m_message);
    } else {
        const QRectF target = pictureRect();
        const QSize pixels = (target.size() * devicePixelRatioF()).toSize().expandedTo({1, 1});
        // Drawing a large picture small without averaging would show what is not there.
        if (zoom() < 1 && m_reduced.size() != pixels) {
            m_reduced = m_picture.scaled(pixels, Qt::IgnoreAspectRatio, Qt::SmoothTransformation);
        }
        painter.setRenderHint(QPainter::SmoothPixmapTransform, zoom() < zoomOfPixels);
        painter.drawImage(target, zoom() < 1 ? m_reduced : m_picture);
        if (!m_overlay.isNull()) {
            painter.setRenderHint(QPainter::SmoothPixmapTransform);
            painter.setOpacity(m_opacity);
            painter.drawImage(QRectF(target.left() + m_overlayPart.left() * target.width(),
                                     target.top() + m_overlayPart.top() * target.height(),
                                     m_overlayPart.width() * target.width(),
                                     m_overlayPart.height() * target.height()),
                              m_overlay);
            painter.setOpacity(1);
        }
    }
    if (hasFocus()) {
        painter.setPen(colours.accent);
        painter.drawRect(rect().adjusted(0, 0, -1, -1));
    }
}

void PictureCanvas::resizeEvent(QResizeEvent*)
{
    keepInside();
}

void PictureCanvas::wheelEvent(QWheelEvent* event)
{
    const double notches = event->angleDelta().y() / 120.0;
    if (notches != 0) {
        zoomTo(zoom() * std::pow(zoomStep, notches), event->position());
    }
    event->accept();
}

void PictureCanvas::mousePressEvent(QMouseEvent* event)
{
    if (event->button() == Qt::LeftButton) {
        m_isDragging = true;
        m_dragged = event->position();
        showCursor();
    }
}

void PictureCanvas::mouseMoveEvent(QMouseEvent* event)
{
    if (m_isDragging) {
        moveBy(m_dragged - event->position());
        m_dragged = event->position();
    }
}

void PictureCanvas::mouseReleaseEvent(QMouseEvent*)
{
    m_isDragging = false;
    showCursor();
}

void PictureCanvas::mouseDoubleClickEvent(QMouseEvent* event)
{
    if (isFitted()) {
        zoomTo(1, event->position());
    } else {
        fit();
    }
}

void PictureCanvas::keyPressEvent(QKeyEvent* event)
{
    const bool isControl = event->modifiers() & Qt::ControlModifier;
    switch (event->key()) {
    case Qt::Key_Plus:
    case Qt::Key_Equal:
        zoomIn();
        return;
    case Qt::Key_Minus:
        zoomOut();
        return;
    case Qt::Key_0:
        if (!isControl) {
            break;
        }
        fit();
        return;
    case Qt::Key_PageUp:
        Q_EMIT previousWanted();
        return;
    case Qt::Key_PageDown:
        Q_EMIT nextWanted();
        return;
    case Qt::Key_Left:
        if (!moveBy({-keyStep, 0})) {
            Q_EMIT previousWanted();
        }
        return;
    case Qt::Key_Right:
        if (!moveBy({keyStep, 0})) {
            Q_EMIT nextWanted();
        }
        return;
    case Qt::Key_Up:
        moveBy({0, -keyStep});
        return;
    case Qt::Key_Down:
        moveBy({0, keyStep});
        return;
    default:
        break;
    }
    QWidget::keyPressEvent(event);
}

} // namespace thaw::ui

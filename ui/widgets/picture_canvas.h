#pragma once

#include <QImage>
#include <QPointF>
#include <QWidget>

namespace thaw::ui {

/// One picture as large as fits, or larger: zoomed about the mouse by its wheel and by + and −, moved by
/// dragging and by the arrows. Where there is nothing to move, Left and Right ask for other pictures, as Page
/// up and Page down always do. A second picture may lie over it. Ctrl+0 fits it again, a double click changes
/// between that and one pixel of the picture for one of the screen.
class PictureCanvas : public QWidget
{
    Q_OBJECT

public:
    explicit PictureCanvas(QWidget* parent = nullptr);

    /// Fits it. Pictures of more than 4,096 pixels a side make zooming slow.
    void setPicture(const QImage& picture);
    const QImage& picture() const { return m_picture; }
    /// Stretched over `part` of the picture; null: none.
    /// @param part in shares of the picture's sides
    void setOverlay(const QImage& overlay, const QRectF& part = {0, 0, 1, 1});
    const QImage& overlay() const { return m_overlay; }
    void setOverlayOpacity(double opacity); ///< 0–1
    double overlayOpacity() const { return m_opacity; }
    /// In the picture's place: why there is none.
    void setMessage(const QString& text);

    /// Pixels of the screen for one of the picture.
    double zoom() const;
    bool isFitted() const { return m_zoom <= 0; }
    /// Where the picture lies, in the widget's coordinates; may be larger than the widget.
    QRectF pictureRect() const;

    QSize sizeHint() const override { return {480, 360}; }
    QSize minimumSizeHint() const override { return {120, 90}; }

public Q_SLOTS:
    void fit();
    void zoomIn();
    void zoomOut();
    void showActualSize();

Q_SIGNALS:
    void zoomChanged();
    void previousWanted();
    void nextWanted();

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    double fittingZoom() const;
    void zoomTo(double zoom, const QPointF& about);
    bool moveBy(const QPointF& distance);
    void keepInside();
    void showCursor();

    QImage m_picture;
    QImage m_overlay;
    QRectF m_overlayPart;
    QString m_message;
    mutable QImage m_reduced; ///< the picture as small as it was last drawn
    double m_opacity = 0.5;
    double m_zoom = 0;          ///< 0: fitted
    QPointF m_centre{0.5, 0.5}; ///< what lies in the middle, in shares of the picture's sides
    QPointF m_dragged;
    bool m_isDragging = false;
};

} // namespace thaw::ui

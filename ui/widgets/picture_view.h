#pragma once

#include "ui/widgets/picture_canvas.h"

#include <QImage>
#include <QWidget>

class QCheckBox;
class QLabel;
class QToolButton;

namespace thaw::ui {

/// A large view of one picture with its controls below: smaller, larger, fitted, and a switch that shows it
/// as the network sees it. See PictureCanvas for mouse and keys.
class PictureView : public QWidget
{
    Q_OBJECT

public:
    explicit PictureView(QWidget* parent = nullptr);

    /// Shown at once, fitted; what the network sees of it and an overlay have to be given again.
    /// @param name for those who do not see it: "cats/1.jpg"
    void setPicture(const QImage& picture, const QString& name);
    /// What the network sees of the picture: offers the switch. Null takes it away.
    void setNetworkPicture(const QImage& picture);
    /// Over the picture, see PictureCanvas; over the network's picture it covers all.
    /// @param part of the picture that the network sees
    /// @param onNetwork lies over the network's picture in its place; null: the same
    void setOverlay(const QImage& overlay, const QRectF& part = {0, 0, 1, 1}, const QImage& onNetwork = {});
    void setOverlayOpacity(double opacity) { m_canvas->setOverlayOpacity(opacity); }
    /// Why there is no picture.
    void setMessage(const QString& text);

    /// The switch is on, and there is what it shows.
    bool isAsNetwork() const;
    PictureCanvas* canvas() const { return m_canvas; }

Q_SIGNALS:
    void previousWanted();
    void nextWanted();

private:
    void showImage(const QImage& picture);
    void showState();

    PictureCanvas* m_canvas;
    QToolButton* m_smaller;
    QToolButton* m_larger;
    QToolButton* m_fit;
    QLabel* m_state;
    QCheckBox* m_asNetwork;
    QString m_name;
    QImage m_picture;
    QImage m_network;
    QImage m_overlay;
    QImage m_networkOverlay;
    QRectF m_overlayPart;
};

} // namespace thaw::ui

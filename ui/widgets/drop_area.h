#pragma once

#include <QFrame>

class QDropEvent;
class QLabel;
class QMimeData;
class QPushButton;

namespace thaw::ui {

/// The first local folder or file that is dragged; nothing when there is none.
QString droppedPath(const QMimeData* data);

/// A large place to drop a folder on, with buttons that do the same.
class DropArea : public QFrame
{
    Q_OBJECT

public:
    explicit DropArea(QWidget* parent = nullptr);

Q_SIGNALS:
    void pathDropped(const QString& path);
    void chooseClicked();
    void sampleClicked();

protected:
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dragLeaveEvent(QDragLeaveEvent* event) override;
    void dropEvent(QDropEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void setDragged(bool dragged);
    void showIcon();

    QLabel* m_icon;
    bool m_dragged = false;
};

} // namespace thaw::ui

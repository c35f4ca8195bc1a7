#pragma once

#include "ui/widgets/drop_frame.h"

#include <filesystem>
#include <vector>

class QDropEvent;
class QMimeData;

namespace thaw::ui {

/// The local folders and files that are dragged or were copied.
std::vector<std::filesystem::path> droppedPaths(const QMimeData* data);
/// The first of them; nothing when there is none.
QString droppedPath(const QMimeData* data);

/// A large place to drop a folder on, with buttons that do the same.
class DropArea : public DropFrame
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
};

} // namespace thaw::ui

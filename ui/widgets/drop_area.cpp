#include "ui/widgets/drop_area.h"

#include "ui/text/path_text.h"
#include "ui/theme.h"

#include <QDragEnterEvent>
#include <QMimeData>
#include <QPushButton>
#include <QUrl>

namespace thaw::ui {

std::vector<std::filesystem::path> droppedPaths(const QMimeData* data)
{
    std::vector<std::filesystem::path> paths;
    for (const QUrl& url : data->urls()) {
        if (url.isLocalFile()) {
            paths.push_back(toPath(localPath(url)));
        }
    }
    return paths;
}

QString droppedPath(const QMimeData* data)
{
    const std::vector<std::filesystem::path> paths = droppedPaths(data);
    return paths.empty() ? QString() : toText(paths.front());
}

DropArea::DropArea(QWidget* parent)
    : DropFrame(tr("Drop a folder of pictures here"),
                tr("One folder for each class, or train, validation and test folders, or a split.csv."),
                parent)
{
    setObjectName("dropArea");
    setAcceptDrops(true);
    const auto* choose =
        addButton(tr("&Choose folder…"), "chooseFolderButton", tr("Choose a folder of pictures"));
    auto* sample = addButton(tr("&Try sample pictures"), "samplePicturesButton", tr("Try sample pictures"));
    sample->setToolTip(
        tr("Gets a small data set from the network, once. Without a network, pictures are drawn."));
    connect(choose, &QPushButton::clicked, this, &DropArea::chooseClicked);
    connect(sample, &QPushButton::clicked, this, &DropArea::sampleClicked);
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

} // namespace thaw::ui

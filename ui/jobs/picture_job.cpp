#include "ui/jobs/picture_job.h"

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/data/image/image_io.h"
#include "ui/jobs/image_convert.h"
#include "ui/text/plain_text.h"

#include <algorithm>

namespace thaw::ui {

PictureJob::PictureJob(QObject* parent) : JobThread(parent)
{
    connect(this, &JobThread::finished, this, &PictureJob::startNext);
}

PictureJob::~PictureJob()
{
    stopAndWait();
}

void PictureJob::request(const PictureRequest& request)
{
    m_next = request;
    if (!isRunning()) {
        startNext();
    }
}

void PictureJob::startNext()
{
    if (!m_next) {
        return;
    }
    const PictureRequest request = *m_next;
    m_next.reset();
    start([this, request](const std::stop_token&) { make(request); });
}

void PictureJob::make(const PictureRequest& request)
{
    try {
        const auto bytes = readFile(request.path, maxImageFileSize);
        DecodeOptions options;
        options.applyOrientation = !request.transform || request.transform->applyOrientation;
        QImage picture = toQImage(decodeImage(bytes, request.path, options));
        if (std::max(picture.width(), picture.height()) > longest) {
            picture = picture.scaled(longest, longest, Qt::KeepAspectRatio, Qt::SmoothTransformation);
        }
        QImage network;
        if (request.transform) {
            network = toQImage(toRgbImage(transformImage(bytes, request.path, *request.transform)));
        }
        Q_EMIT pictureMade(request.key, picture, network);
    } catch (...) {
        Q_EMIT pictureFailed(request.key, currentErrorReport().detail);
    }
}

} // namespace thaw::ui

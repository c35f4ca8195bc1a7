#include "ui/jobs/preview_job.h"

#include "core/base/atomic_file.h"
#include "core/data/image/image_io.h"
#include "ui/jobs/image_convert.h"

namespace thaw::ui {

PreviewJob::PreviewJob(QObject* parent) : JobThread(parent)
{
    connect(this, &JobThread::finished, this, &PreviewJob::startNext);
}

PreviewJob::~PreviewJob()
{
    stopAndWait();
}

void PreviewJob::request(const PreviewRequest& request)
{
    m_next = request;
    if (isRunning()) {
        requestStop();
    } else {
        startNext();
    }
}

void PreviewJob::startNext()
{
    if (!m_next) {
        return;
    }
    const PreviewRequest request = *m_next;
    m_next.reset();
    start([this, request](const std::stop_token& stop) { make(request, stop); });
}

void PreviewJob::make(const PreviewRequest& request, const std::stop_token& stop)
{
    const auto bytes = readFile(request.path, maxImageFileSize);
    for (int epoch = 0; epoch <= request.epochs; ++epoch) {
        // At least the first two are shown even when requests come faster than pictures.
        if (stop.stop_requested() && epoch > 1) {
            return;
        }
        std::optional<AugmentationKey> key;
        if (epoch > 0) {
            key = AugmentationKey{request.augmentation, request.seed, epoch};
        }
        const auto image = transformImage(bytes, request.path, request.transform, key);
        Q_EMIT pictureMade(epoch, toQImage(toRgbImage(image)));
    }
    Q_EMIT previewDone();
}

} // namespace thaw::ui

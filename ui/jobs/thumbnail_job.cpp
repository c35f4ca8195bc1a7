#include "ui/jobs/thumbnail_job.h"

#include "core/data/image/image_io.h"
#include "ui/jobs/image_convert.h"

#include <optional>

namespace thaw::ui {

namespace {

QImage thumbnail(const std::filesystem::path& path, int side)
{
    try {
        const QImage image = toQImage(loadImage(path));
        const QImage scaled =
            image.scaled(side, side, Qt::KeepAspectRatioByExpanding, Qt::SmoothTransformation);
        return scaled.copy((scaled.width() - side) / 2, (scaled.height() - side) / 2, side, side);
    } catch (const Error&) {
        return {};
    }
}

} // namespace

ThumbnailJob::ThumbnailJob(QObject* parent) : JobThread(parent)
{
    // Requests that came while the thread was ending.
    connect(this, &JobThread::finished, this, [this] {
        if (hasWork()) {
            start([this](const std::stop_token& stop) { work(stop); });
        }
    });
}

ThumbnailJob::~ThumbnailJob()
{
    stopAndWait();
}

void ThumbnailJob::request(qint64 key, const std::filesystem::path& path, int side)
{
    std::optional<qint64> droppedKey;
    {
        const std::lock_guard lock(m_mutex);
        m_queue.push_back({key, path, side});
        if (m_queue.size() > queueLimit) {
            droppedKey = m_queue.front().key;
            m_queue.pop_front();
        }
    }
    if (droppedKey) {
        Q_EMIT dropped(*droppedKey);
    }
    start([this](const std::stop_token& stop) { work(stop); });
}

void ThumbnailJob::clear()
{
    const std::lock_guard lock(m_mutex);
    m_queue.clear();
}

bool ThumbnailJob::hasWork()
{
    const std::lock_guard lock(m_mutex);
    return !m_queue.empty();
}

void ThumbnailJob::work(const std::stop_token& stop)
{
    while (!stop.stop_requested()) {
        Request request;
        {
            const std::lock_guard lock(m_mutex);
            if (m_queue.empty()) {
                return;
            }
            request = m_queue.back();
            m_queue.pop_back();
        }
        Q_EMIT thumbnailMade(request.key, thumbnail(request.path, request.side));
    }
}

} // namespace thaw::ui

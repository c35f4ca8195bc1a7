#pragma once

#include "ui/jobs/job_thread.h"

#include <QImage>

#include <deque>
#include <filesystem>
#include <mutex>

namespace thaw::ui {

/// Makes small square pictures of files, those asked for last first. Holds at most a screenful of requests:
/// older ones are dropped, and asked for again when they are looked at again.
class ThumbnailJob : public JobThread
{
    Q_OBJECT

public:
    explicit ThumbnailJob(QObject* parent = nullptr);
    ~ThumbnailJob() override;

    /// @param key comes back with the picture
    /// @param side in pixels
    void request(qint64 key, const std::filesystem::path& path, int side);
    /// Forgets what has not been begun.
    void clear();

    static constexpr std::size_t queueLimit = 200;

Q_SIGNALS:
    /// A null image: the file cannot be shown.
    void thumbnailMade(qint64 key, const QImage& image);
    /// Dropped from the queue: ask again if it is still wanted.
    void dropped(qint64 key);

private:
    struct Request
    {
        qint64 key = 0;
        std::filesystem::path path;
        int side = 0;
    };

    void work(const std::stop_token& stop);
    bool hasWork();

    std::mutex m_mutex;
    std::deque<Request> m_queue; ///< guarded by m_mutex
};

} // namespace thaw::ui

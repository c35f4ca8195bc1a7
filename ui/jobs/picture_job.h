#pragma once

#include "core/data/input/transform.h"
#include "ui/jobs/job_thread.h"

#include <QImage>

#include <filesystem>
#include <optional>

namespace thaw::ui {

struct PictureRequest
{
    qint64 key = 0; ///< comes back with the picture
    std::filesystem::path path;
    std::optional<TransformSpec> transform; ///< of the network whose view is wanted too
};

/// Decodes one picture for a large view, and makes what a network sees of it. The latest request wins.
class PictureJob : public JobThread
{
    Q_OBJECT

public:
    explicit PictureJob(QObject* parent = nullptr);
    ~PictureJob() override;

    void request(const PictureRequest& request);

    static constexpr int longest = 2048; ///< pixels a side of the picture shown

Q_SIGNALS:
    /// @param network null where none was asked for
    void pictureMade(qint64 key, const QImage& picture, const QImage& network);
    void pictureFailed(qint64 key, const QString& reason);

private:
    void startNext();
    void make(const PictureRequest& request);

    std::optional<PictureRequest> m_next;
};

} // namespace thaw::ui

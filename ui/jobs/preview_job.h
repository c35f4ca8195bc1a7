#pragma once

#include "core/data/input/transform.h"
#include "ui/jobs/job_thread.h"

#include <QImage>

#include <filesystem>
#include <optional>

namespace thaw::ui {

struct PreviewRequest
{
    std::filesystem::path path;
    TransformSpec transform;
    AugmentationSpec augmentation;
    std::uint64_t seed = 0;
    int epochs = 11; ///< how many variations: those of epochs 1, 2 …
};

/// Makes a picture's variations with the code that training uses. The latest request wins: one that comes
/// while another is being made ends it and is made next.
class PreviewJob : public JobThread
{
    Q_OBJECT

public:
    explicit PreviewJob(QObject* parent = nullptr);
    ~PreviewJob() override;

    /// Emits pictureMade() for the unchanged picture (epoch 0) and each epoch; previewDone() when all are
    /// there.
    void request(const PreviewRequest& request);

Q_SIGNALS:
    void pictureMade(int epoch, const QImage& image);
    void previewDone();

private:
    void startNext();
    void make(const PreviewRequest& request, const std::stop_token& stop);

    std::optional<PreviewRequest> m_next;
};

} // namespace thaw::ui

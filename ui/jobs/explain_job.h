#pragma once

#include "core/explain/explanation.h"
#include "ui/jobs/ask_job.h"
#include "ui/jobs/job_thread.h"

#include <QImage>
#include <QMetaType>

#include <filesystem>
#include <memory>
#include <optional>

namespace thaw::ui {

struct MapRequest
{
    qint64 key = 0; ///< comes back with the map
    std::filesystem::path path;
    OpenedModelPointer model;
    ExplainMethod method = ExplainMethod::HiResCam;
    int label = 0;
    double opacity = 0.6;
};

/// The map over the picture, and over what the network sees of it.
struct ShownMap
{
    QImage picture;
    QImage network;
    bool isEmpty = false; ///< nothing speaks for the class
    QString error;        ///< why there is none
};

/// Makes the map of what speaks for a class. The latest request wins; another opacity alone costs no
/// computing.
class ExplainJob : public JobThread
{
    Q_OBJECT

public:
    explicit ExplainJob(QObject* parent = nullptr);
    ~ExplainJob() override;

    void request(const MapRequest& request);
    void cancel();

Q_SIGNALS:
    void mapMade(qint64 key, const thaw::ui::ShownMap& map);

private:
    struct Kept;

    void startNext();
    void make(const MapRequest& request, const std::stop_token& stop);

    std::optional<MapRequest> m_next;
    std::unique_ptr<Kept> m_kept; ///< the work's alone
};

} // namespace thaw::ui

Q_DECLARE_METATYPE(thaw::ui::ShownMap)

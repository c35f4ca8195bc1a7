#pragma once

#include "core/experiment/run_plan.h"
#include "core/train/cost/preflight.h"
#include "ui/jobs/job_thread.h"

#include <QElapsedTimer>
#include <QStringList>

#include <filesystem>
#include <optional>

namespace thaw::ui {

class Session;

/// What the disk says about a training.
struct Preflight
{
    bool hasImageNet = false; ///< the weights need not be fetched
    QStringList cautions;     ///< what speaks against it, a sentence each
    bool isBlocked = false;   ///< it would have no room
};

/// Of what a preflight is made.
struct PreflightRequest
{
    RunPlan plan;
    std::filesystem::path runsRoot;

    bool operator==(const PreflightRequest&) const = default;
};

/// Of the session's recipe, data set and runs folder.
PreflightRequest preflightRequest(const Session& session);
/// Looks at the disk, and takes as long as that takes.
Preflight lookAhead(const PreflightRequest& request);

/// Knows what the disk says about a training: looks when asked for another one, or anew after some seconds.
class PreflightJob : public JobThread
{
    Q_OBJECT

public:
    explicit PreflightJob(QObject* parent = nullptr);
    ~PreflightJob() override;

    /// Nothing at first, the last answer while a new one is looked for; known() tells of that.
    std::optional<Preflight> preflight(const PreflightRequest& request);

Q_SIGNALS:
    void known();

private:
    std::optional<PreflightRequest> m_asked;
    std::optional<Preflight> m_answer;
    QElapsedTimer m_since; ///< the answer came
};

} // namespace thaw::ui

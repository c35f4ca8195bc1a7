#include "ui/jobs/preflight_job.h"

#include "core/model/weights/weights_catalog.h"
#include "core/train/cost/preflight.h"
#include "core/train/trainer.h"
#include "ui/session.h"
#include "ui/text/notice_words.h"

#include <algorithm>
#include <memory>

namespace thaw::ui {

namespace {

constexpr qint64 preflightGoodForMs = 10'000;

} // namespace

PreflightRequest preflightRequest(const Session& session)
{
    const DatasetPointer& dataset = session.dataset();
    const SplitCounts counts = dataset ? dataset->counts() : SplitCounts{};
    return {planRun(session.recipe(), counts, session.classCount()), session.runsRoot()};
}

Preflight lookAhead(const PreflightRequest& request)
{
    Preflight result;
    try {
        result.hasImageNet = std::ranges::any_of(weightsCatalog(), [](const CatalogEntry& entry) {
            return entry.name == "imagenet" && entry.present;
        });
        for (const Notice& notice : preflight(request.plan, request.runsRoot, SaveOptions{})) {
            // Which the page says at length by itself.
            if (notice.code != NoticeCode::NoPretrainedWeights) {
                result.cautions << noticeText(notice);
            }
        }
    } catch (...) {
        result.cautions << errorText(currentErrorReport());
        result.isBlocked = true;
    }
    return result;
}

PreflightJob::PreflightJob(QObject* parent) : JobThread(parent) {}

PreflightJob::~PreflightJob()
{
    stopAndWait();
}

std::optional<Preflight> PreflightJob::preflight(const PreflightRequest& request)
{
    const bool isFresh = m_answer && m_asked == request && !m_since.hasExpired(preflightGoodForMs);
    if (isRunning() || isFresh) {
        return m_answer;
    }
    const auto result = std::make_shared<Preflight>();
    connect(
        this, &JobThread::finished, this,
        [this, result] {
            m_answer = *result;
            m_since.start();
            Q_EMIT known();
        },
        Qt::SingleShotConnection);
    m_asked = request;
    start([request, result](const std::stop_token&) { *result = lookAhead(request); });
    return m_answer;
}

} // namespace thaw::ui

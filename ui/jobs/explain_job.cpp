#include "ui/jobs/explain_job.h"

#include "core/data/input/transform.h"
#include "core/explain/explainer.h"
#include "core/explain/map_rendering.h"
#include "ui/jobs/image_convert.h"
#include "ui/text/plain_text.h"

#include <utility>

namespace thaw::ui {

namespace {

constexpr int longestMapped = 1024; ///< pixels a side of a picture under a map

} // namespace

/// What the next request may need again.
struct ExplainJob::Kept
{
    explicit Kept(OpenedModelPointer opened) : model(std::move(opened)), explainer(model->weights, {}) {}

    bool isOf(const MapRequest& request) const
    {
        return explanation && path == request.path && explanation->method == request.method &&
               explanation->label == request.label;
    }

    OpenedModelPointer model;
    Explainer explainer;
    std::filesystem::path path;
    std::optional<Explanation> explanation;
    RgbImage picture;
    RgbImage network;
};

ExplainJob::ExplainJob(QObject* parent) : JobThread(parent)
{
    qRegisterMetaType<ShownMap>();
    connect(this, &JobThread::finished, this, &ExplainJob::startNext);
}

ExplainJob::~ExplainJob()
{
    stopAndWait();
}

void ExplainJob::request(const MapRequest& request)
{
    m_next = request;
    if (isRunning()) {
        requestStop();
    } else {
        startNext();
    }
}

void ExplainJob::cancel()
{
    m_next.reset();
    requestStop();
}

void ExplainJob::startNext()
{
    if (!m_next) {
        return;
    }
    const MapRequest request = *m_next;
    m_next.reset();
    start([this, request](const std::stop_token& stop) {
        try {
            make(request, stop);
        } catch (...) {
            m_kept.reset();
            ShownMap map;
            map.error = currentErrorReport().detail;
            Q_EMIT mapMade(request.key, map);
        }
    });
}

void ExplainJob::make(const MapRequest& request, const std::stop_token& stop)
{
    if (!m_kept || m_kept->model != request.model) {
        m_kept.reset();
        m_kept = std::make_unique<Kept>(request.model);
    }
    const TransformSpec& transform = request.model->weights.transform;
    if (!m_kept->isOf(request)) {
        m_kept->explanation.reset();
        ExplainRequest asked;
        asked.method = request.method;
        asked.labels = {request.label};
        std::optional<Explanation> explanation;
        const bool done = m_kept->explainer.explain(
            {request.path}, asked, [&](const Explanation& made) { explanation = made; }, {}, stop);
        if (!done || !explanation) {
            return;
        }
        if (!explanation->error.empty()) {
            ShownMap map;
            map.error = plainLines(explanation->error);
            Q_EMIT mapMade(request.key, map);
            return;
        }
        m_kept->path = request.path;
        m_kept->picture = pictureToShow(request.path, transform, longestMapped);
        m_kept->network = toRgbImage(transformFile(request.path, transform));
        m_kept->explanation = std::move(explanation);
    }
    const Explanation& explanation = *m_kept->explanation;
    ShownMap map;
    map.isEmpty = explanation.isEmpty();
    const float scale = scaleOf(explanation, request.model->weights.headSpec.outputs() == 1);
    map.picture =
        toQImage(overlaid(m_kept->picture, explanation.map, transform.resize, scale, request.opacity));
    map.network =
        toQImage(overlaid(m_kept->network, explanation.map, ResizeRule::Stretch, scale, request.opacity));
    Q_EMIT mapMade(request.key, map);
}

} // namespace thaw::ui

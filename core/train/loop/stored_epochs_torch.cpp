#include "core/train/loop/stored_epochs_torch.h"

#include "core/train/checkpoint/patient_write.h"

#include <algorithm>
#include <set>
#include <span>

namespace thaw {

bool StoredEpochs::prepare(int epoch)
{
    TrainState& state = m_scope.state;
    bool isFound = true;
    StoredViews::FillCallbacks callbacks;
    callbacks.batchDone = [&](const Batch& batch, int step, int steps) {
        isFound = false;
        m_scope.reporter.leftOut(batch.failures);
        m_scope.reporter.progress(state, TrainStage::Storing, step, steps);
    };
    callbacks.save = [this](const std::function<void()>& write) {
        writePatiently(write, m_scope.reporter.observer(), m_scope.stop, m_scope.saving.retryAfter,
                       Saved::Views);
    };
    const std::vector<int> drawn = m_views.viewsIn(epoch);
    const Stopwatch watch;
    const double waited = m_views.waitedSeconds();
    bool isDone = true;
    // In the views' order, not the pictures', and only those that the epoch needs.
    for (const int view : std::set<int>(drawn.begin(), drawn.end())) {
        if (isDone && !m_views.has(view, m_phase.boundary)) {
            isDone = m_views.fill(view, m_phase.storedBoundaries, m_network, m_prefix,
                                  m_scope.loaderFor(m_network), m_scope.parts, callbacks, m_scope.stop);
        }
    }
    if (isFound) {
        m_scope.reporter.skip(state, TrainStage::Storing);
    }
    const double seconds = watch.seconds();
    state.waitedSeconds += m_views.waitedSeconds() - waited;
    state.epochSeconds += seconds;
    state.totalSeconds += seconds;
    return isDone;
}

bool StoredEpochs::forEachBatch(int epoch, const std::vector<std::uint32_t>& order, std::int64_t first,
                                const Step& step)
{
    const std::vector<int> views = m_views.viewsIn(epoch);
    const auto batchSize = static_cast<std::size_t>(m_scope.plan.recipe.batchSize);
    const auto itemsOf = [&](std::int64_t batch) {
        const std::size_t begin = std::min(static_cast<std::size_t>(batch) * batchSize, order.size());
        return std::span(order).subspan(begin, std::min(batchSize, order.size() - begin));
    };
    const int steps = m_scope.plan.stepsFor(order.size());
    std::int64_t next = first;
    while (next < steps && !m_scope.stop.stop_requested()) {
        const Stopwatch watch;
        const StoredViews::Gathered batch = m_views.gather(m_phase.boundary, itemsOf(next), views);
        m_views.expect(m_phase.boundary, itemsOf(next + 1), views);
        m_scope.state.waitedSeconds += watch.seconds();
        step({[&](std::int64_t begin, std::int64_t count) {
                  return toDevice(batch.features.narrow(0, begin, count), m_network.device());
              },
              batch.labels});
        ++next;
    }
    return next >= steps && !m_scope.stop.stop_requested();
}

} // namespace thaw

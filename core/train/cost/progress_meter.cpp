#include "core/train/cost/progress_meter.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace thaw {

namespace {

constexpr auto reportInterval = std::chrono::milliseconds(100);
constexpr double secondsBeforeEstimate = 2;
/// Proportions of a processor that has the same speed for layers that train as for others.
constexpr ComputeSpeed typicalSpeed{2e11, 2e11, 5e8};

} // namespace

ProgressMeter::ProgressMeter(const RunPlan& plan, const ComputeSpeed& speed)
    : m_trainImages(static_cast<double>(plan.counts.train))
{
    const ComputeSpeed pace = speed.isKnown() ? speed : typicalSpeed;
    const auto forward = [&pace](double images, double multiplyAdds) {
        return pace.secondsFor({images * multiplyAdds, 0, 0});
    };
    // Of one picture, forward. The head multiplies with each weight once.
    const auto headWeights = static_cast<double>(headParameters(plan.head));
    const double whole = plan.workBefore(baseLayerCount + 1) + headWeights;
    const auto validationImages = static_cast<double>(plan.counts.validation);
    std::set<int> prepared;
    for (const PhasePlan& phase : plan.phases) {
        const double frozen = plan.workBefore(phase.boundary);
        const double trained = whole - frozen;
        const double weights =
            headWeights + static_cast<double>(phase.freeze.trainableParameters(plan.layers));
        PhaseWork work;
        work.epochs = phase.settings.epochs;
        work.train = pace.secondsFor({0, m_trainImages * 3 * trained, plan.stepsPerEpoch * weights});
        if (phase.usesStoredViews()) {
            work.store = forward(m_trainImages, frozen);
            work.storing = std::clamp(plan.views - phase.epochsBefore, 0, phase.settings.epochs);
        } else {
            work.train += forward(m_trainImages, frozen);
        }
        work.validation = forward(validationImages, phase.keepsValidation ? trained : whole);
        if (phase.keepsValidation && !prepared.contains(phase.boundary)) {
            work.prepare = forward(validationImages, plan.workBefore(phase.passBoundaries.back()));
            prepared.insert(phase.passBoundaries.begin(), phase.passBoundaries.end());
        }
        m_phases.push_back(work);
    }
    if (plan.testedSplit) {
        m_test = forward(static_cast<double>(plan.counts.of(*plan.testedSplit)), whole);
    }
    m_total = m_test;
    for (const PhaseWork& phase : m_phases) {
        m_total += phase.whole();
    }
}

double ProgressMeter::PhaseWork::until(int epoch) const
{
    return (epoch - 1) * (train + validation) + std::min(epoch - 1, storing) * store;
}

bool ProgressMeter::due()
{
    const auto now = Clock::now();
    if (now - m_lastReport < reportInterval) {
        return false;
    }
    m_lastReport = now;
    return true;
}

void ProgressMeter::start(const TrainState& state, Clock::time_point now)
{
    m_started = now;
    m_doneBefore = workDone(state, TrainStage::Preparing, 0);
}

void ProgressMeter::skip(const TrainState& state, TrainStage stage)
{
    if (stage == TrainStage::Preparing || stage == TrainStage::Storing) {
        m_doneBefore += workDone(state, stage, 1) - workDone(state, stage, 0);
    }
}

double ProgressMeter::workDone(const TrainState& state, TrainStage stage, double stageShare) const
{
    double done = 0;
    const auto current = static_cast<std::size_t>(state.phase - 1);
    for (std::size_t i = 0; i < std::min(current, m_phases.size()); ++i) {
        done += m_phases[i].whole();
    }
    if (current >= m_phases.size()) {
        return done + (stage == TrainStage::Testing ? m_test * stageShare : 0);
    }
    const PhaseWork& phase = m_phases[current];
    const auto shareOf = [&](TrainStage of) {
        return stage < of ? 0 : stage > of ? 1 : std::clamp(stageShare, 0.0, 1.0);
    };
    const double trained = m_trainImages > 0 ? static_cast<double>(state.images) / m_trainImages : 0;
    done += phase.prepare * shareOf(TrainStage::Preparing) + phase.until(state.epoch) +
            phase.train * std::min(1.0, trained) + phase.validation * shareOf(TrainStage::Validating);
    if (state.epoch <= phase.storing) {
        done += phase.store * shareOf(TrainStage::Storing);
    }
    return done;
}

void ProgressMeter::fill(BatchProgress& progress, const TrainState& state, double stageShare,
                         Clock::time_point now) const
{
    const double done = workDone(state, progress.stage, stageShare);
    progress.fractionDone = m_total > 0 ? std::clamp(done / m_total, 0.0, 1.0) : 0;
    const double seconds = std::chrono::duration<double>(now - m_started).count();
    const double doneNow = done - m_doneBefore;
    progress.secondsLeft =
        seconds > secondsBeforeEstimate && doneNow > 0 ? seconds * (m_total - done) / doneNow : -1;
}

} // namespace thaw

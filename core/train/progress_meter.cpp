#include "core/train/progress_meter.h"

#include "core/train/view_schedule.h"

#include <algorithm>

namespace thaw {

namespace {

constexpr auto reportInterval = std::chrono::milliseconds(100);
constexpr double secondsBeforeEstimate = 2;

} // namespace

ProgressMeter::ProgressMeter(const Recipe& recipe, const std::array<std::size_t, 3>& counts, int outputs)
{
    const std::vector<LayerInfo> layers = baseLayers(recipe.inputSize, scaledBackbone(recipe.width));
    HeadSpec head{recipe.head, std::max(2, outputs), recipe.dropout, featureSide(recipe.inputSize),
                  layers.back().channels};
    const auto headWork = static_cast<double>(headParameters(head));
    m_trainImages = static_cast<double>(counts[0]);
    double whole = headWork;
    for (const LayerInfo& layer : layers) {
        whole += static_cast<double>(layer.multiplyAdds);
    }
    int epochsBefore = 0;
    for (std::size_t i = 0; i < recipe.phases.size(); ++i) {
        const PhaseRecipe& phase = recipe.phases[i];
        const int boundary = phase.freezePlan().firstTrainableConvolution();
        double trained = headWork;
        for (auto layer = static_cast<std::size_t>(boundary); layer < layers.size(); ++layer) {
            trained += static_cast<double>(layers[layer].multiplyAdds);
        }
        PhaseWork work{phase.epochs, m_trainImages * (whole + 2 * trained),
                       static_cast<double>(counts[1]) * (recipe.keepValidationFeatures ? trained : whole), 0,
                       0};
        if (storedViews(recipe) > 0 && !storableBoundaries(recipe.phases, i).empty()) {
            work.train = m_trainImages * 3 * trained;
            work.store = m_trainImages * (whole - trained);
            work.storing = std::clamp(storedViews(recipe) - epochsBefore, 0, phase.epochs);
        }
        m_phases.push_back(work);
        epochsBefore += phase.epochs;
    }
    m_test = static_cast<double>(counts[2] > 0 ? counts[2] : counts[1]) * whole;
    m_total = m_test;
    for (const PhaseWork& phase : m_phases) {
        m_total += phase.until(phase.epochs + 1);
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

void ProgressMeter::start(const TrainState& state)
{
    m_started = Clock::now();
    m_doneAtStart = workDone(state, TrainStage::Training, 0);
}

double ProgressMeter::workDone(const TrainState& state, TrainStage stage, double stageShare) const
{
    double done = 0;
    const auto current = static_cast<std::size_t>(state.phase - 1);
    for (std::size_t i = 0; i < std::min(current, m_phases.size()); ++i) {
        done += m_phases[i].until(m_phases[i].epochs + 1);
    }
    if (current < m_phases.size()) {
        const PhaseWork& phase = m_phases[current];
        const double trained = m_trainImages > 0 ? static_cast<double>(state.images) / m_trainImages : 0;
        done += phase.until(state.epoch) + phase.train * std::min(1.0, trained);
        if (stage == TrainStage::Validating) {
            done += phase.validation * stageShare;
        }
        if (state.epoch <= phase.storing && stage != TrainStage::Preparing) {
            done += phase.store * (stage == TrainStage::Storing ? stageShare : 1);
        }
    } else if (stage == TrainStage::Testing) {
        done += m_test * stageShare;
    }
    return done;
}

void ProgressMeter::fill(BatchProgress& progress, const TrainState& state, double stageShare) const
{
    const double done = workDone(state, progress.stage, stageShare);
    progress.fractionDone = m_total > 0 ? std::clamp(done / m_total, 0.0, 1.0) : 0;
    const double seconds = std::chrono::duration<double>(Clock::now() - m_started).count();
    const double doneNow = done - m_doneAtStart;
    progress.secondsLeft =
        seconds > secondsBeforeEstimate && doneNow > 0 ? seconds * (m_total - done) / doneNow : -1;
}

} // namespace thaw

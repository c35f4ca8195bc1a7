#pragma once

#include "core/experiment/run_plan.h"
#include "core/train/checkpoint/train_state.h"
#include "core/train/cost/compute_work.h"
#include "core/train/observer.h"

#include <chrono>
#include <cstddef>
#include <vector>

namespace thaw {

/// Says how far a run is and how long it will take. Each part's work is weighed by the time that it takes on
/// a machine of the speed given, so that a slow phase 2 is foreseen in phase 1; how fast that passes in truth
/// is measured.
class ProgressMeter
{
public:
    using Clock = std::chrono::steady_clock;

    /// @param speed where it is not known, a typical processor's, of which the proportions alone matter
    explicit ProgressMeter(const RunPlan& plan, const ComputeSpeed& speed = {});

    double totalSeconds() const { return m_total; } ///< of the whole run, at that speed

    /// Whether another report is due: about ten a second.
    bool due();
    /// Marks work up to the position as done before; call when a session starts.
    void start(const TrainState& state, Clock::time_point now = Clock::now());
    /// Marks what a stage had to do at the position as done before: it was found stored.
    /// @param stage Preparing or Storing; of others nothing is found
    void skip(const TrainState& state, TrainStage stage);
    /// Fills fractionDone and secondsLeft for a position.
    /// @param stageShare of the present stage done, 0–1; for Training the position says it
    void fill(BatchProgress& progress, const TrainState& state, double stageShare,
              Clock::time_point now = Clock::now()) const;

private:
    double workDone(const TrainState& state, TrainStage stage, double stageShare) const;

    /// In seconds.
    struct PhaseWork
    {
        int epochs = 0;
        double prepare = 0; ///< once, before the first epoch
        double train = 0;   ///< of one epoch
        double validation = 0;
        double store = 0; ///< of one epoch, before it trains; in the first storing epochs
        int storing = 0;

        double until(int epoch) const; ///< of the epochs before it, from 1
        double whole() const { return prepare + until(epochs + 1); }
    };
    std::vector<PhaseWork> m_phases;
    double m_test = 0;
    double m_total = 0;
    double m_trainImages = 0;
    double m_doneBefore = 0; ///< before this session
    Clock::time_point m_started = Clock::now();
    Clock::time_point m_lastReport{};
};

} // namespace thaw

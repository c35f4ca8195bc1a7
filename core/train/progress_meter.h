#pragma once

#include "core/data/split.h"
#include "core/experiment/recipe.h"
#include "core/train/observer.h"
#include "core/train/train_state.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <vector>

namespace thaw {

/// Says how far a run is and how long it will take. Work is counted in multiply-adds, forward once and
/// backward twice for layers with gradients, so that a slow phase 2 is foreseen in phase 1; the rate is
/// measured.
class ProgressMeter
{
public:
    using Clock = std::chrono::steady_clock;

    /// @param counts pictures in train, validation, test
    ProgressMeter(const Recipe& recipe, const std::array<std::size_t, 3>& counts, int outputs);

    double totalWork() const { return m_total; } ///< multiply-adds of the whole run

    /// Whether another report is due: about ten a second.
    bool due();
    /// Marks work outside the position as begun now; call when a sitting starts.
    void start(const TrainState& state);
    /// Fills fractionDone and secondsLeft for a position.
    /// @param stageShare of the present stage done, 0–1, for Validating and Testing
    void fill(BatchProgress& progress, const TrainState& state, double stageShare) const;

private:
    double workDone(const TrainState& state, TrainStage stage, double stageShare) const;

    struct PhaseWork
    {
        int epochs = 0;
        double train = 0; ///< of one epoch
        double validation = 0;
        double store = 0; ///< of one epoch, before it trains; in the first storing epochs
        int storing = 0;

        double until(int epoch) const; ///< of the epochs before it, from 1
    };
    std::vector<PhaseWork> m_phases;
    double m_test = 0;
    double m_total = 0;
    double m_trainImages = 0;
    double m_doneAtStart = 0;
    Clock::time_point m_started = Clock::now();
    Clock::time_point m_lastReport{};
};

} // namespace thaw

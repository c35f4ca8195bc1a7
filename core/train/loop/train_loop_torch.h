#pragma once

// Internal to core: needs LibTorch.

#include "core/run/run_lock.h"
#include "core/train/loop/phase_trainer_torch.h"
#include "core/train/loop/run_evaluator_torch.h"
#include "core/train/loop/run_scope_torch.h"
#include "core/train/loop/run_writer_torch.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace thaw {

/// All that a run is carried out with. Outlives the loop.
struct RunSetup
{
    const RunPlan& plan; ///< of a resolved recipe: device, precision, threads and weights hash as used
    const DatasetIndex& dataset;
    const BaseWeights& base;
    const std::optional<HeadWeights>& head; ///< in place of a new one
    ComputeSpeed speed;                     ///< of the machine, for the time left; may be unknown
    SaveOptions saving;
    RunFiles files;
    RunLock& lock;
    RunRecord& record; ///< filled but for results; updated and written
    TrainObserver& observer;
    std::stop_token stop;
};

/// Where a run goes on from.
struct ResumePoint
{
    Checkpoint checkpoint;
    /// For a checkpoint that does not note its pictures: whether it was made with others than those of the
    /// data set, and how many trained.
    bool hadOtherPictures = false;
    std::size_t trainImages = 0;
};

/// The run proper, from any position to the end or to a stop: for each phase, for each epoch, for each batch
/// a step; then validation, and the best weights are kept. Writes history, best weights, checkpoints and the
/// record as it goes.
class TrainLoop
{
public:
    /// @throws Error WeightsInvalid when the head does not fit; RunInvalid for a checkpoint that does not
    explicit TrainLoop(const RunSetup& setup, std::optional<ResumePoint> from = {});

    RunState run();
    /// Instead: trains no further and tests the best weights of the latest phase that has any.
    RunState finish();

private:
    // Position
    const PhasePlan& phase() const { return m_plan.phase(m_state.phase); }
    void restore(const Checkpoint& checkpoint, const ResumePoint& from);

    // The loop
    bool runPhase();
    void enterPhase();
    void leavePhase();
    bool trainEpoch();
    bool finishEpoch();
    EpochMetrics metricsOf(const Score& validation) const;
    void sayWhereEndedEarly();
    bool keepIfBest(const EpochMetrics& metrics, const Score& validation);

    // Around it
    bool takePresentPictures();
    bool measureBestEpochsAgain();
    bool testBest(int phase);
    StoredViews& openViews();
    std::vector<NamedParameter> trainedSoFar() const { return m_network.trainable(phase().trainedSoFar); }
    ModelWeights currentModel() const;
    void checkpoint();
    /// Repeats a pass over pictures once their folder is back: see readPatiently.
    bool readAll(const std::function<bool()>& pass);
    void noteMicroBatch(std::int64_t count, std::int64_t part);
    /// Before anything is written: what is on disk is always fit to go on from.
    void requireFiniteWeights();
    [[noreturn]] void throwDiverged(const std::string& culprit);

    const RunPlan& m_plan;
    const DatasetIndex& m_dataset;
    RunRecord& m_record;
    TrainObserver& m_observer;
    SaveOptions m_saving;
    std::stop_token m_stop;
    Network m_network;
    RunPictures m_pictures;
    PartSize m_parts;
    TrainState m_state;
    RunReporter m_reporter;
    RunScope m_scope;
    RunWriter m_writer;
    RunEvaluator m_evaluator;
    std::unique_ptr<PhaseTrainer> m_trainer; ///< of the present phase
    std::unique_ptr<StoredViews> m_views; ///< of training pictures, opened by the first phase that uses them
    std::optional<Checkpoint> m_from;     ///< whose optimizer and averages the first phase goes on with
    bool m_restartsEpoch = false;         ///< its sums are over other training pictures
    bool m_mustMeasureAgain = false;      ///< the best epochs were chosen on other validation pictures
};

} // namespace thaw

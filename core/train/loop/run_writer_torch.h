#pragma once

// Internal to core: needs LibTorch.

#include "core/evaluate/evaluation.h"
#include "core/experiment/run_record.h"
#include "core/run/run_lock.h"
#include "core/run/run_store.h"
#include "core/train/checkpoint/checkpoint_torch.h"
#include "core/train/observer.h"
#include "core/train/start/save_options.h"

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

namespace thaw {

/// Writes a run's folder while it trains: history, record, best weights and checkpoints. Before each write it
/// makes sure that the run is still locked, and waits while the disk does not take it: see writePatiently,
/// also for what is thrown.
class RunWriter
{
public:
    RunWriter(RunFiles files, RunLock& lock, RunRecord& record, const SaveOptions& saving,
              TrainObserver& observer, std::stop_token stop);

    const RunFiles& files() const { return m_files; }

    void history(const std::vector<EpochMetrics>& history);
    void record();
    /// The best weights of a phase, which are the run's best as well from now on. @param phase from 1
    /// @return the file's contentHash
    std::string best(int phase, const ModelWeights& model);
    /// What the end's test measured: see writeEvaluation().
    void evaluation(const Evaluation& evaluation, const DatasetIndex& dataset);
    void checkpoint(const TrainState& state, const CheckpointTensors& tensors);

    bool isCheckpointDueWithinEpoch() const { return m_checkpoints.isDueWithinEpoch(); }
    bool isCheckpointDueAtEpochEnd() const { return m_checkpoints.isDueAtEpochEnd(); }
    /// The last checkpoint's weights have given a finite loss.
    void checkpointIsProven() { m_isLastProven = true; }
    /// A loss is no longer finite. Where the last checkpoint was never proven its weights may be the
    /// culprits: the one before it takes its place.
    void fallBack();

private:
    void save(const std::function<void()>& write);

    RunFiles m_files;
    RunLock& m_lock;
    RunRecord& m_record;
    const SaveOptions& m_saving;
    TrainObserver& m_observer;
    std::stop_token m_stop;
    CheckpointClock m_checkpoints;
    bool m_isLastProven = false;
};

} // namespace thaw

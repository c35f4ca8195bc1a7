#pragma once

// Internal to core: needs LibTorch.

#include "core/train/checkpoint/checkpoint_torch.h"
#include "core/train/features/stored_views_torch.h"
#include "core/train/loop/epoch_source_torch.h"
#include "core/train/loop/train_step_torch.h"
#include "core/train/optimizer/epoch_rules.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace thaw {

/// Trains a network in one phase: its frozen part, its optimizer, its source of batches and its rules. The
/// next phase has another one. Moves the position in the scope's state step by step.
class PhaseTrainer
{
public:
    /// @param views opened for training, where the phase uses stored views; else null. Outlives it
    /// @param from a checkpoint of the same phase to go on from, or null
    /// @throws Error RunInvalid when the checkpoint's tensors or numbers do not fit
    PhaseTrainer(const RunScope& scope, const PhasePlan& phase, Network& network, StoredViews* views,
                 const Checkpoint* from);

    const FrozenPrefix& prefix() const { return m_prefix; }
    const Optimizer& optimizer() const { return *m_optimizer; }
    /// Null where the phase keeps none.
    WeightAverage* average() const { return m_average.get(); }

    /// The rest of the epoch in hand. @param stepDone is called after each step, with nothing where no
    /// picture of its batch could be read @return false when stopped
    bool trainEpoch(const std::function<void(const std::optional<StepResult>&)>& stepDone);
    double learningRateAt(std::int64_t step) const; ///< of the epoch in hand, from 0

    /// @param loss that the epoch is judged by
    void epochEnded(double loss);
    void bestMeasuredAgain(double loss);
    /// A rule has ended the phase, perhaps before its last epoch.
    bool isEnded() const;

private:
    StepResult step(const FeatureBatch& batch);
    std::int64_t stepsBefore(std::int64_t step) const; ///< of the phase, before one of the epoch in hand

    const RunScope& m_scope;
    const PhasePlan& m_phase;
    Network& m_network;
    at::ScalarType m_trainedType;
    at::Tensor m_classWeights; ///< see LossOptions
    std::vector<NamedParameter> m_trained;
    FrozenPrefix m_prefix;
    std::unique_ptr<Optimizer> m_optimizer;
    std::unique_ptr<WeightAverage> m_average;
    std::unique_ptr<EpochSource> m_source;
    std::vector<std::unique_ptr<EpochRule>> m_rules;
};

} // namespace thaw

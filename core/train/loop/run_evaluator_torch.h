#pragma once

// Internal to core: needs LibTorch.

#include "core/evaluate/evaluation.h"
#include "core/model/weights/weights.h"
#include "core/run/run_files.h"
#include "core/train/features/stored_views_torch.h"
#include "core/train/loop/run_scope_torch.h"

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

namespace thaw {

/// What a pass over pictures measured.
struct Measured
{
    Score score;
    std::vector<std::size_t> byClass;        ///< pictures measured of each class
    std::vector<std::size_t> correctByClass; ///< of these, answered rightly
    std::vector<Prediction> predictions;     ///< of the end's test alone: one a picture measured, in order
};

/// Measures a run's weights on pictures that do not train: after each epoch, once more where the validation
/// pictures have become others, and at the end. Functions that return an optional return nothing when
/// stopped.
class RunEvaluator
{
public:
    explicit RunEvaluator(const RunScope& scope) : m_scope(scope) {}

    /// Before a phase's first epoch: has validation's features ready where the plan keeps them.
    /// @return false when stopped
    bool enterPhase(const PhasePlan& phase, const Network& network, const FrozenPrefix& prefix);
    /// The network as it is, on the validation pictures.
    std::optional<Measured> validate(const Network& network, const FrozenPrefix& prefix);
    /// The best weights of a phase, on the validation pictures.
    std::optional<Measured> validateAgain(const PhasePlan& phase, const ModelWeights& weights,
                                          c10::Device device);
    /// The best weights of a phase, from their file, on the split that the plan tests.
    /// @pre plan.testedSplit @throws Error as readModelWeights
    std::optional<Measured> test(const PhasePlan& phase, const std::filesystem::path& weights,
                                 c10::Device device);

private:
    /// Features of a split's pictures as they are, of this run or of one before; none where there is no room.
    /// @return false when stopped before they were whole
    bool openFeatures(std::unique_ptr<StoredViews>& stored, Split split, const PhasePlan& phase,
                      const std::vector<int>& boundaries, const Network& network, const FrozenPrefix& prefix,
                      TrainStage stage);
    struct Pass
    {
        std::optional<TrainStage> stage = {}; ///< of the progress reports; none: no reports
        double labelSmoothing = 0;            ///< validation's, as in training; the test's loss is plain
        bool keepsPredictions = false;
    };
    std::optional<Measured> measureStored(StoredViews& stored, Split split, int boundary,
                                          const Network& network, const Pass& pass);
    std::optional<Measured> measureFresh(Split split, const Network& network, const FrozenPrefix& prefix,
                                         const Pass& pass);

    const RunScope& m_scope;
    std::unique_ptr<StoredViews> m_validation; ///< of the present phase
};

/// The result of a test as the record has it, with warnings where it is not over all that it should be.
TestResult testResultOf(const RunScope& scope, const Measured& measured, int phase);

/// The same with every answer, as `evaluate` gives it: for the run's evaluation.json and predictions.csv.
Evaluation evaluationOf(const RunScope& scope, const DatasetIndex& dataset, const RunRecord& record,
                        Measured measured);

/// Makes the best epochs' numbers those of the present validation pictures: else a loss over some would be
/// compared with a loss over others. @return nothing when stopped
std::optional<std::vector<BestEpoch>> measureBestAgain(const RunScope& scope, RunEvaluator& evaluator,
                                                       const RunFiles& files, c10::Device device);

} // namespace thaw

#pragma once

// Internal to core: needs LibTorch.

#include "core/run/run_store.h"
#include "core/train/checkpoint_torch.h"
#include "core/train/progress_meter.h"
#include "core/train/save_options.h"
#include "core/train/stored_views_torch.h"
#include "core/train/trainer.h"

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace thaw {

/// What a checkpoint that does not note its pictures was made with.
struct CheckpointPictures
{
    bool areOthers = false;      ///< than those of the data set
    std::size_t trainImages = 0; ///< how many trained
};

/// The run proper, from any position to the end or to a stop. Writes history, best weights, checkpoints and
/// the record as it goes.
class TrainLoop
{
public:
    /// @param recipe resolved: device, precision, threads and weights hash as used
    /// @param record filled but for results; updated and written
    TrainLoop(const Recipe& recipe, const DatasetIndex& dataset, const BaseWeights& base, RunRecord& record,
              RunFiles files, TrainObserver& observer, std::stop_token stop, const SaveOptions& saving = {});

    static HeadSpec headSpecOf(const Recipe& recipe, const DatasetIndex& dataset,
                               const BackboneSpec& backbone);

    /// Before each write it is made sure that the run is still locked.
    void holdBy(RunLock& lock) { m_lock = &lock; }
    /// In place of a new one. @throws Error WeightsInvalid when it does not fit
    void startWithHead(const HeadWeights& head);
    void restore(const Checkpoint& checkpoint, const CheckpointPictures& former = {});
    /// Of the machine, for the time left; without it, or where it is not known, a typical one's.
    void expectSpeed(const ComputeSpeed& speed);
    RunState run();
    /// Instead: trains no further and tests the best weights of the latest phase that has any.
    RunState finish();

private:
    using Clock = std::chrono::steady_clock;

    ProgressMeter meterFor(const ComputeSpeed& speed) const;
    const PhaseRecipe& phase() const { return m_recipe.phases[static_cast<std::size_t>(m_state.phase - 1)]; }
    static double secondsSince(Clock::time_point start);
    int epochOfRun() const;
    int stepsFor(std::size_t items) const;             ///< batches
    std::int64_t stepsBefore(std::int64_t step) const; ///< of the phase, before one of the present epoch
    double learningRateAt(std::int64_t step) const;    ///< of the present epoch, from 0
    bool runPhase();
    void enterPhase();
    bool keepFeatures();
    /// Opens a bank for pictures of a split, with what is known of what they hold.
    std::unique_ptr<StoredViews> bankFor(Split split, StoredViews::Purpose purpose) const;
    /// The hash of the weights that the phase's frozen layers have: the imported base's, unless an earlier
    /// phase trained some of them.
    std::string frozenHash() const;
    /// What frozen layers give for pictures that are never augmented, of this run or of one before; none
    /// where there is no room for it. @param isStopped set when stopped before it was whole
    std::unique_ptr<StoredViews> storedForJudging(Split split, const std::vector<int>& boundaries,
                                                  const Network& network, const FrozenPrefix& prefix,
                                                  TrainStage stage, bool& isStopped);
    /// Makes the stored views, where the phase can use them, ready for the epoch. @return false when stopped
    bool fillViews();
    bool trainEpoch();
    /// @return false when stopped before all batches from m_state.step on were done
    bool trainFresh(const std::vector<std::uint32_t>& order, int steps);
    bool trainStored(const std::vector<std::uint32_t>& order, int steps);
    /// @param features see StepBatch
    void trainBatch(const std::function<at::Tensor(std::int64_t first, std::int64_t count)>& features,
                    const std::vector<int>& labels);
    /// Notes the time of a step since `last`, which becomes now, and saves what is due.
    void finishStep(Clock::time_point& last, int steps);
    std::optional<Score> validate();
    /// Makes the best epochs' numbers those of the present validation pictures: else a loss over some would
    /// be compared with a loss over others. @return false when stopped
    bool measureBestAgain();
    /// Whatever a change of pictures has made untrue since the checkpoint. @return false when stopped
    bool takePresentPictures();
    bool finishEpoch();
    void writeBest(const BestEpoch& best);
    bool test(int phase);
    /// The end of a run. @param phase whose best weights are tested @return false when stopped
    bool testPatiently(int phase);
    /// What the test result is over, and a warning where that is not all it should be.
    void noteTested(Split split, std::size_t images, const Score& score,
                    const std::vector<std::size_t>& byClass, int phase);
    void report(TrainStage stage, int step, int steps);
    void noteFailures(const Batch& batch);
    void notePartSize(std::int64_t count, std::int64_t part);
    void checkpoint();
    /// Waits while the disk does not take it: see writePatiently.
    void save(const std::function<void()>& write);
    /// Waits while the folder of the pictures is gone: see readPatiently.
    bool readAll(const std::function<bool()>& pass);
    BatchLoaderOptions loaderFor(const Network& network) const;
    /// Puts the checkpoint before the last one in its place where the last one's weights are the culprits.
    /// @throws Error TrainingDiverged that names the culprit
    [[noreturn]] void throwDiverged(const std::string& culprit) const;
    /// Before anything is written: what is on disk is always fit to go on from.
    void requireFiniteWeights() const;
    std::vector<NamedParameter> trainedSoFar() const;
    std::vector<LoadItem> itemsOf(Split split) const;
    std::string picturesOf(Split split) const;
    ModelWeights currentModel() const;

    const Recipe& m_recipe;
    const DatasetIndex& m_dataset;
    RunRecord& m_record;
    RunFiles m_files;
    TrainObserver& m_observer;
    std::stop_token m_stop;
    std::string m_baseHash;
    Network m_network;
    at::ScalarType m_frozenType;
    at::ScalarType m_trainedType;
    std::vector<LoadItem> m_trainItems;
    std::vector<LoadItem> m_validationItems;
    std::string m_trainPictures; ///< see TrainState
    std::string m_validationPictures;
    PartSize m_parts;
    RunLock* m_lock = nullptr;
    bool m_lostTest = false;         ///< not one of the pictures to test with could be read
    bool m_restartsEpoch = false;    ///< its sums are over other training pictures
    bool m_mustMeasureAgain = false; ///< the best epochs were chosen on other validation pictures
    std::set<std::pair<std::string, std::string>> m_leftOut; ///< path and reason, as the record has them
    int m_toldLeftOut = 0;

    TrainState m_state;
    std::vector<NamedTensor> m_restoredVelocities;
    std::vector<NamedTensor> m_restoredAverages;
    std::unique_ptr<FrozenPrefix> m_prefix;
    std::unique_ptr<KerasRmsprop> m_optimizer;
    std::unique_ptr<WeightAverage> m_average;        ///< where the phase keeps one
    std::unique_ptr<StoredViews> m_storedValidation; ///< of the present phase
    std::unique_ptr<StoredViews> m_views;            ///< opened by the first phase that uses them
    bool m_usesViews = false;                        ///< in the present phase
    ProgressMeter m_meter;
    SaveOptions m_saving;
    CheckpointClock m_checkpoints;
    bool m_isLastProven = false; ///< the last checkpoint's weights have given a finite loss since
};

} // namespace thaw

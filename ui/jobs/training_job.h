#pragma once

#include "core/data/dataset/dataset_index.h"
#include "core/experiment/recipe.h"
#include "core/run/run_event.h"
#include "core/run/run_store.h"
#include "core/train/start/prepare_run.h"
#include "core/train/trainer.h"
#include "ui/jobs/job_thread.h"

#include <QMetaType>

#include <filesystem>
#include <memory>
#include <optional>

namespace thaw::ui {

/// How to go on with a run, or begin it anew; see core's ResumeOptions.
struct ResumeTerms
{
    bool acceptChanges = false;
    bool acceptLosses = false;
    double rateFactor = 1;
    bool finishNow = false;
    std::optional<SaveOptions> saving = {}; ///< in place of what the run's request had
};

/// Trains a run, new or stopped, on a thread of its own, and tells about it in RunEvents. The last of them is
/// RunEnded; failed() comes in its place, or neither when it was stopped before there was a run; then
/// finished().
class TrainingJob : public JobThread
{
    Q_OBJECT

public:
    explicit TrainingJob(QObject* parent = nullptr);
    ~TrainingJob() override;

    /// All three return false, and do nothing, while a training runs.
    bool train(const RunOrder& order);
    /// The run that this job trained last goes on at once, with the weights and the list of pictures still at
    /// hand, if no picture's file has been touched since; else all is checked again.
    bool resume(const std::filesystem::path& folder, const ResumeTerms& terms);
    /// A new run under `runsRoot` with the recipe and the data set of the one in `folder`, which stays.
    /// Pictures that run had keep the split that it noted; notices tell what became of the others. After
    /// startingAgain() all is as with train().
    bool startAgain(const std::filesystem::path& folder, const std::filesystem::path& runsRoot,
                    const ResumeTerms& terms);
    /// Lets go of the pictures' list and the weights of the last run. Not while one runs.
    void forget() { m_kept.reset(); }

Q_SIGNALS:
    void preparing(thaw::Preparation what);
    /// A stopped run, as read from its folder before it goes on.
    void resuming(const thaw::SavedRun& run);
    /// The run that a new one is made from.
    void startingAgain(const thaw::SavedRun& run);
    void happened(const thaw::RunEvent& event);

private:
    struct Kept;

    // On the worker's thread.
    PrepareObserver prepareObserver();
    void prepareAndTrain(const RunOrder& order, Kept& kept, const std::stop_token& stop);
    void tellEnd(const RunRecord& record, const std::filesystem::path& folder);

    std::shared_ptr<Kept> m_kept; ///< the worker's while one runs
};

} // namespace thaw::ui

Q_DECLARE_METATYPE(thaw::SavedRun)

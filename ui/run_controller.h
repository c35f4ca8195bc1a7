#pragma once

#include "ui/jobs/training_job.h"
#include "ui/training_state.h"

#include <QObject>

#include <filesystem>
#include <functional>
#include <optional>

namespace thaw::ui {

/// What a start that failed needs from the user.
enum class StartQuestion {
    None,
    AcceptLosses,   ///< many pictures are lost: train without them?
    AcceptChanges,  ///< pictures, weights or the program differ: go on?
    Refused,        ///< one of these was accepted and is not enough: nothing to ask, only to tell
    WithoutWeights, ///< ImageNet's weights cannot be fetched: train without?
};

/// Starts, pauses, continues and stops one training at a time, and knows where it stands. No widgets: a page
/// shows it. Lives in the window's thread; nothing here waits, except the destructor, which stops the
/// training and waits until it is saved.
///
/// After each start that is taken: begun(), stateChanged(Preparing), events, then one stateChanged() to
/// Paused or Idle and one ended(). A run that began is remembered as unfinished (runMemory) until it ended as
/// its user wanted. How often it saves itself is in the window's settings.
class RunController : public QObject
{
    Q_OBJECT

public:
    explicit RunController(QObject* parent = nullptr);

    TrainingState state() const { return m_state; }
    /// Of the run that trains, is paused or ended last; empty before there is one.
    const std::filesystem::path& folder() const { return m_outcome.folder; }
    /// Of the run that is prepared, trains or is paused, once it is known.
    const std::optional<Recipe>& recipe() const { return m_recipe; }
    /// Of the training that ended last.
    const RunOutcome& outcome() const { return m_outcome; }
    /// What the start that failed last needs.
    StartQuestion question() const;

    // Each returns false, and does nothing, while a training is under way; start() also while one is paused.
    bool start(const RunOrder& order);
    /// Goes on with a stopped or failed run.
    bool resume(const std::filesystem::path& folder, const ResumeTerms& terms = {});
    /// Tests the best weights of a stopped run; trains no further.
    bool finishNow(const std::filesystem::path& folder);
    /// A new run under `runsRoot` like the one in `folder`.
    bool startAgain(const std::filesystem::path& folder, const std::filesystem::path& runsRoot);
    /// The start that failed once more, with a yes to AcceptLosses or AcceptChanges.
    bool acceptAndRetry();

public Q_SLOTS:
    /// Finishes the batch in hand and saves. The run keeps its place; the next window offers it again if this
    /// one is closed.
    void pause();
    /// Goes on with the paused run.
    void continueRun();
    /// As pause(), but that is the end of it. Also ends a pause.
    void stop();

Q_SIGNALS:
    void stateChanged(thaw::ui::TrainingState state);
    /// @param folder of the run that goes on; empty for a new one
    /// @param dataset empty: not known yet
    void begun(const std::filesystem::path& folder, const std::filesystem::path& dataset);
    void preparing(thaw::Preparation what);
    void progressed(qint64 done, qint64 total); ///< of that; total 0: unknown
    /// A run as read from its folder. @param goesOn else a new one is made like it
    void runLoaded(const thaw::SavedRun& run, bool goesOn);
    /// Progress is told only while Training: afterwards the run is ending.
    void happened(const thaw::RunEvent& event);
    void ended(const thaw::ui::RunOutcome& outcome);
    /// The paused run was left as it is: there is nothing to continue here any more.
    void pauseEnded(const thaw::ui::RunOutcome& outcome);

private:
    struct Attempt
    {
        std::function<bool(const ResumeTerms&)> begin; ///< starts the job
        ResumeTerms terms;
        bool isNew = false;
        std::filesystem::path folder;
        std::filesystem::path dataset;
        std::optional<Recipe> recipe;
    };

    bool attempt(const Attempt& next);
    void halt(TrainingState how);
    void setState(TrainingState state);
    void handleEvent(const RunEvent& event);
    void handleLoaded(const SavedRun& run, bool goesOn);
    void handleEnd();

    TrainingJob* m_job;
    TrainingState m_state = TrainingState::Idle;
    Attempt m_attempt; ///< the last
    std::optional<Recipe> m_recipe;
    RunOutcome m_outcome; ///< as far as it is known
};

} // namespace thaw::ui

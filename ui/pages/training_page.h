#pragma once

#include "ui/jobs/preflight_job.h"
#include "ui/jobs/speed_job.h"
#include "ui/jobs/training_job.h"
#include "ui/text/warning_lines.h"
#include "ui/widgets/run_actions.h"
#include "ui/widgets/training_controls.h"

#include <QPointer>
#include <QStringList>
#include <QWidget>

#include <filesystem>
#include <functional>
#include <optional>

class QFrame;
class QLabel;

namespace thaw::ui {

class RecipeForm;
class RunMonitor;
class RunSubject;
class Session;

/// The recipe, Start, Pause and Stop, and the run as it goes. The run gets copies of the session's values:
/// what is edited meanwhile is for the next one.
class TrainingPage : public QWidget
{
    Q_OBJECT

public:
    explicit TrainingPage(Session* session, QWidget* parent = nullptr);

    /// From Start or resume() until trainingEnded(). A paused run does not count.
    bool isTraining() const { return isActive(m_state); }
    TrainingState state() const { return m_state; }
    /// Of the run that trains, is paused or ended last; empty before there is one.
    const std::filesystem::path& runFolder() const { return m_folder; }

public Q_SLOTS:
    /// Does nothing when it may not start yet; the page says why.
    void startTraining();
    /// Finishes the batch in hand and saves; trainingEnded() tells when. The run keeps its place here, and is
    /// offered again by the next window if this one is closed.
    void requestPause();
    /// Goes on with the paused run.
    void continueTraining();
    /// As requestPause(), but that is the end of it. Also ends a pause.
    void requestStop();
    /// Goes on with a stopped run.
    void resume(const QString& folder);
    /// Asks first, but for Continue.
    void act(thaw::ui::RunAction action, const QString& folder);

Q_SIGNALS:
    void trainingStarted();
    /// There is a run folder now, new or old, and this process trains into it.
    void runStarted(const QString& folder);
    void trainingEnded(const QString& folder); ///< empty when it ended before there was a run
    void statusChanged(const QString& text);
    void datasetWanted();
    void layersWanted();

protected:
    void showEvent(QShowEvent* event) override;

private:
    QWidget* buildSettings();
    QWidget* buildMonitor();
    void connectJob();
    void applyDraft(const Recipe& draft, const QString& what, const QString& mergeKey);
    /// A file is read on a thread of its own.
    void loadRecipe(const QString& nameOrFile);
    void takeRecipe(const Recipe& recipe);
    /// The running run's, else what the next one will be. A draft that was refused is gone.
    void showRecipe();
    void setState(TrainingState state);
    void refresh();
    void refreshPlan();
    void showPlan(const QString& words);
    void showSubject(const RunRecord& record, const Recipe& recipe);
    void showWarnings();
    void goOn(const std::filesystem::path& folder, const ResumeTerms& terms);
    void startAgain(const std::filesystem::path& folder);
    /// Begins with what was agreed to so far.
    void attempt();
    /// @param dataset empty: not known yet
    void begin(const std::filesystem::path& folder, const std::filesystem::path& dataset = {});
    void halt(TrainingState how);
    void showWords(const QString& text);
    void showBatch(const BatchProgress& progress);
    void showEnd(const RunRecord& record, bool hasCheckpoint);
    void showFailure(const ErrorReport& error);
    void end();
    void askToGoOn(const ErrorReport& error);
    void showActions();

    Session* m_session;
    TrainingJob* m_job;
    SpeedJob* m_speed;
    PreflightJob* m_preflight;
    QPointer<JobThread> m_reading; ///< a recipe that was chosen
    RecipeForm* m_form = nullptr;
    TrainingControls* m_controls = nullptr;
    QLabel* m_plan = nullptr; ///< of the run that trains or pauses, else of the next one
    RunSubject* m_subject = nullptr;
    QFrame* m_hint = nullptr;
    QFrame* m_taken = nullptr; ///< a whole recipe was taken up
    QLabel* m_takenText = nullptr;
    QFrame* m_warning = nullptr;
    QLabel* m_warningText = nullptr;
    RunMonitor* m_monitor = nullptr;
    RunActions* m_actions = nullptr;

    TrainingState m_state = TrainingState::Idle;
    bool m_draftAccepted = true;
    QStringList m_cautions; ///< of the plan
    bool m_isBlocked = false;
    WarningLines m_warnings;

    // The run at hand, or the one that ended last.
    bool m_isNew = false;       ///< started here, not resumed
    bool m_isOfSession = false; ///< with the session's recipe and data set
    bool m_isWithoutWeights = false;
    std::optional<Recipe> m_running; ///< of the run that trains or pauses
    /// Starts the job, to which the user agrees in these terms; false while another training runs.
    std::function<bool(const ResumeTerms&)> m_start;
    ResumeTerms m_terms;
    std::filesystem::path m_startedFolder;
    std::filesystem::path m_startedDataset; ///< empty: as the run says
    std::filesystem::path m_folder;
    bool m_hasCheckpoint = false;         ///< and whether it can go on
    std::optional<RunRecord> m_record;    ///< how it ended
    std::optional<ErrorReport> m_failure; ///< why there was no record
};

} // namespace thaw::ui

#pragma once

#include "ui/jobs/preflight_job.h"
#include "ui/jobs/speed_job.h"
#include "ui/run_controller.h"
#include "ui/text/warning_lines.h"
#include "ui/widgets/run_actions.h"

#include <QPointer>
#include <QStringList>
#include <QWidget>

#include <filesystem>

class QFrame;
class QLabel;

namespace thaw::ui {

class RecipeForm;
class RunMonitor;
class RunSubject;
class Session;
class TrainingControls;

/// The recipe, Start, Pause and Stop, and the run as it goes, which a RunController drives. The run gets
/// copies of the session's values: what is edited meanwhile is for the next one.
class TrainingPage : public QWidget
{
    Q_OBJECT

public:
    explicit TrainingPage(Session* session, QWidget* parent = nullptr);

    /// From Start or resume() until trainingEnded(). A paused run does not count.
    bool isTraining() const { return isActive(state()); }
    TrainingState state() const { return m_controller->state(); }
    /// Of the run that trains, is paused or ended last; empty before there is one.
    const std::filesystem::path& runFolder() const { return m_controller->folder(); }

public Q_SLOTS:
    /// Does nothing when it may not start yet; the page says why.
    void startTraining();
    // As RunController has them; trainingEnded() tells when the run is saved.
    void requestPause() { m_controller->pause(); }
    void continueTraining() { m_controller->continueRun(); }
    void requestStop() { m_controller->stop(); }
    void resume(const QString& folder) { m_controller->resume(toPath(folder)); }
    /// Asks first, but for Continue.
    void act(thaw::ui::RunAction action, const QString& folder);

Q_SIGNALS:
    void trainingStarted();
    /// There is a run folder now, new or old, and this process trains into it.
    void runStarted(const QString& folder);
    void trainingEnded(const QString& folder); ///< empty when it ended before there was a run
    void statusChanged(const QString& text);
    /// The training in a word or two, for the window's title: "34 %", "Finished".
    void shortStatusChanged(const QString& text);
    void datasetWanted();
    void layersWanted();

protected:
    void showEvent(QShowEvent* event) override;

private:
    QWidget* buildSettings();
    QWidget* buildMonitor();
    void connectController();
    void applyDraft(const Recipe& draft, const QString& what, const QString& mergeKey);
    /// A file is read on a thread of its own.
    void loadRecipe(const QString& nameOrFile);
    void takeRecipe(const Recipe& recipe);
    /// The running run's, else what the next one will be. A draft that was refused is gone.
    void showRecipe();
    void refresh();
    void refreshPlan();
    void showPlan(const QString& words);
    void showSubject(const RunRecord& record, const Recipe& recipe);
    void showWarnings();
    void showBeginning(const std::filesystem::path& folder, const std::filesystem::path& dataset);
    void showLoaded(const SavedRun& run, bool goesOn);
    void showState(TrainingState state);
    void follow(const RunEvent& event);
    void showOutcome(const RunOutcome& outcome);
    void askToGoOn();

    Session* m_session;
    RunController* m_controller;
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

    bool m_draftAccepted = true;
    QStringList m_cautions; ///< of the plan
    bool m_isBlocked = false;
    WarningLines m_warnings;
    bool m_isWithoutWeights = false; ///< the run that trains, is paused or ended last
};

} // namespace thaw::ui

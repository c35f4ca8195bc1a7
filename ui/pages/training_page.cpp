#include "ui/pages/training_page.h"

#include "core/base/error.h"
#include "core/run/run_store.h"
#include "core/train/cost/preflight.h"
#include "ui/dialogs.h"
#include "ui/jobs/errand.h"
#include "ui/session.h"
#include "ui/settings/run_memory.h"
#include "ui/settings/save_settings.h"
#include "ui/text/notice_words.h"
#include "ui/text/path_text.h"
#include "ui/text/plain_text.h"
#include "ui/text/training_words.h"
#include "ui/theme.h"
#include "ui/widgets/recipe_form.h"
#include "ui/widgets/run_monitor.h"
#include "ui/widgets/run_subject.h"
#include "ui/widgets/training_progress.h"

#include <QFrame>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QVBoxLayout>

#include <algorithm>

namespace thaw::ui {

namespace {

constexpr int settingsWidth = 404;

bool isUneven(const DatasetPointer& dataset)
{
    return dataset && std::ranges::any_of(dataset->problems, [](const Problem& problem) {
               return problem.code == ProblemCode::Imbalanced;
           });
}

} // namespace

TrainingPage::TrainingPage(Session* session, QWidget* parent)
    : QWidget(parent)
    , m_session(session)
    , m_job(new TrainingJob(this))
    , m_speed(new SpeedJob(session->speedMeasure(), this))
    , m_preflight(new PreflightJob(this))
{
    setObjectName("trainingPage");
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(spacing::page, spacing::page, spacing::page, spacing::wide);
    layout->setSpacing(spacing::wide);
    layout->addWidget(buildSettings());
    layout->addWidget(buildMonitor(), 1);

    connect(m_form, &RecipeForm::edited, this, &TrainingPage::applyDraft);
    connect(m_form, &RecipeForm::editEnded, m_session, &Session::endEdit);
    connect(m_form, &RecipeForm::refusalChanged, this, &TrainingPage::refresh);
    connect(m_form, &RecipeForm::layersWanted, this, &TrainingPage::layersWanted);
    connect(m_form, &RecipeForm::recipeChosen, this, &TrainingPage::loadRecipe);
    connect(m_session, &Session::recipeChanged, this, [this] {
        m_taken->hide();
        showRecipe();
        refresh();
    });
    connect(m_session, &Session::recipeTaken, this, [this](const QString& words) {
        m_takenText->setText(words);
        m_taken->show();
    });
    connect(m_speed, &SpeedJob::known, this, &TrainingPage::refresh);
    connect(m_preflight, &PreflightJob::known, this, &TrainingPage::refresh);
    connect(m_session, &Session::datasetChanged, this, &TrainingPage::refresh);
    connect(m_session, &Session::runsRootChanged, this, &TrainingPage::refresh);
    connectJob();
    showRecipe();
    refresh();
}

QWidget* TrainingPage::buildSettings()
{
    QFrame* card = makeCard(this);
    card->setFixedWidth(settingsWidth);
    auto* layout = new QVBoxLayout(card);
    layout->setContentsMargins(spacing::wide, spacing::normal + spacing::small, spacing::normal,
                               spacing::wide);
    layout->addWidget(makeSectionTitle(tr("Recipe"), card));
    auto* scroll = new QScrollArea(card);
    setNames(scroll, "recipeScroll", tr("Settings of the training"));
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->viewport()->setAutoFillBackground(false);
    m_form = new RecipeForm(scroll);
    m_form->setAutoFillBackground(false);
    scroll->setWidget(m_form);
    layout->addWidget(scroll, 1);
    return card;
}

QWidget* TrainingPage::buildMonitor()
{
    auto* monitor = new QWidget(this);
    auto* layout = new QVBoxLayout(monitor);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(spacing::normal);

    m_controls = new TrainingControls(monitor);
    connect(m_controls, &TrainingControls::startClicked, this, &TrainingPage::startTraining);
    connect(m_controls, &TrainingControls::pauseClicked, this, &TrainingPage::requestPause);
    connect(m_controls, &TrainingControls::continueClicked, this, &TrainingPage::continueTraining);
    connect(m_controls, &TrainingControls::stopClicked, this, &TrainingPage::requestStop);
    layout->addWidget(m_controls);

    auto* toDataset = new QPushButton(tr("&Choose a data set"), monitor);
    setNames(toDataset, "trainingChooseDataset", tr("Choose a data set"));
    connect(toDataset, &QPushButton::clicked, this, &TrainingPage::datasetWanted);
    QLabel* hintText = nullptr;
    m_hint = makeStrip(monitor, "trainingHint", hintText, toDataset);
    hintText->setText(tr("There are no pictures yet. Choose a folder of them first."));
    layout->addWidget(m_hint);
    auto* undo = new QPushButton(tr("Undo"), monitor);
    setNames(undo, "recipeTakenUndo", tr("Undo taking up the recipe"));
    connect(undo, &QPushButton::clicked, m_session->undoStack(), &QUndoStack::undo);
    m_taken = makeStrip(monitor, "recipeTaken", m_takenText, undo);
    layout->addWidget(m_taken);
    m_warning = makeStrip(monitor, "trainingWarning", m_warningText);
    m_warningText->setProperty("role", "warning");
    layout->addWidget(m_warning);
    m_plan = makeMuted({}, monitor);
    setNames(m_plan, "trainingPreflight", tr("What the training will do"));
    layout->addWidget(m_plan);
    m_subject = new RunSubject(monitor);
    layout->addWidget(m_subject);
    m_monitor = new RunMonitor(monitor);
    connect(m_monitor, &RunMonitor::runWanted, this, [this] { m_session->requestRun(m_folder); });
    layout->addWidget(m_monitor, 1);
    m_actions = new RunActions("training", monitor);
    connect(m_actions, &RunActions::wanted, this,
            [this](RunAction action) { act(action, toText(m_folder)); });
    layout->addWidget(m_actions);
    return monitor;
}

void TrainingPage::connectJob()
{
    connect(m_job, &TrainingJob::preparing, this, [this](Preparation what) {
        if (m_state != TrainingState::Preparing) {
            return;
        }
        m_monitor->progress()->showDetail({});
        m_monitor->progress()->showStep(0, 0);
        showWords(what == Preparation::Dataset   ? tr("Checking pictures…")
                  : what == Preparation::Weights ? tr("Preparing weights…")
                                                 : tr("Starting the run…"));
    });
    connect(m_job, &JobThread::progressed, m_monitor->progress(), &TrainingProgress::showStep);
    connect(m_job, &JobThread::messageGiven, m_monitor->progress(), &TrainingProgress::showDetail);
    connect(m_job, &TrainingJob::noticed, this, [this](const Notice& notice) {
        if (notice.level() == NoticeLevel::Info) {
            m_monitor->progress()->showDetail(noticeText(notice));
        } else if (m_warnings.add(notice)) {
            showWarnings();
        }
    });
    connect(m_job, &TrainingJob::noticeEnded, this, [this](NoticeCode code) {
        if (m_warnings.remove(code)) {
            showWarnings();
        }
    });
    connect(m_job, &TrainingJob::resuming, this, [this](const SavedRun& run) {
        m_isWithoutWeights = isWithoutWeights(run.recipe);
        m_running = run.recipe;
        showRecipe();
        showWarnings();
        m_monitor->showSaved(run);
        showSubject(run.record, run.recipe);
    });
    connect(m_job, &TrainingJob::startingAgain, this, [this](const SavedRun& run) {
        m_isWithoutWeights = isWithoutWeights(run.recipe);
        m_running = run.recipe;
        showRecipe();
        showWarnings();
        m_monitor->showPlanned(run.recipe);
    });
    connect(m_job, &TrainingJob::runStarted, this, [this](const RunStarted& run) {
        m_folder = run.folder;
        runMemory::remember(toText(m_folder));
        showSubject(run.record, *m_running);
        m_monitor->showPictures(run.record);
        if (m_state == TrainingState::Preparing) {
            setState(TrainingState::Training);
        }
        m_session->notifyRunsChanged();
        Q_EMIT runStarted(toText(m_folder));
    });
    connect(m_job, &TrainingJob::batchDone, this, &TrainingPage::showBatch);
    connect(m_job, &TrainingJob::epochDone, m_monitor, &RunMonitor::showEpoch);
    connect(m_job, &TrainingJob::runEnded, this, &TrainingPage::showEnd);
    connect(m_job, &JobThread::failed, this, &TrainingPage::showFailure);
    connect(m_job, &JobThread::finished, this, &TrainingPage::end);
}

void TrainingPage::applyDraft(const Recipe& draft, const QString& what, const QString& mergeKey)
{
    const std::vector<RecipeIssue> issues = m_session->setRecipe(draft, what, mergeKey);
    m_draftAccepted = issues.empty();
    m_form->setIssues(issues);
    refresh();
}

void TrainingPage::loadRecipe(const QString& nameOrFile)
{
    if (m_reading) {
        JobThread::abandon(m_reading); // another was chosen meanwhile
    }
    const std::string name = textToBytes(nameOrFile);
    const std::vector<Recipe>& builtIns = builtInRecipes();
    const auto builtIn = std::ranges::find(builtIns, name, &Recipe::name);
    if (builtIn != builtIns.end()) {
        takeRecipe(*builtIn);
        return;
    }
    m_reading = runErrand(
        this, [name] { return thaw::loadRecipe(name); }, [this](const Recipe& recipe) { takeRecipe(recipe); },
        [this](const ErrorReport& error) { Dialogs::showError(this, error); });
    showRecipe();
    refresh();
}

void TrainingPage::takeRecipe(const Recipe& recipe)
{
    const auto issues =
        m_session->takeRecipe(recipe, tr("choose a recipe"), tr("The recipe %1").arg(plainLine(recipe.name)));
    // Also when nothing changed: what the fields hold may have been refused.
    showRecipe();
    refresh();
    if (!issues.empty()) {
        Dialogs::showError(this, reportOf(recipeError(issues, {})));
    }
}

void TrainingPage::setState(TrainingState state)
{
    m_state = state;
    m_controls->setState(state);
    if (state == TrainingState::Idle) {
        m_running.reset();
        showRecipe();
    }
    refresh();
}

void TrainingPage::showRecipe()
{
    m_form->setRecipe(m_running.value_or(m_session->recipe()));
    m_draftAccepted = true;
}

void TrainingPage::refresh()
{
    const bool idle = m_state == TrainingState::Idle;
    m_hint->setVisible(idle && !m_session->hasDataset());
    m_form->setEnabled(idle);
    m_form->setUneven(idle && isUneven(m_session->dataset()));
    if (idle) {
        refreshPlan();
    }
    showWarnings();
    m_controls->setStartable(m_session->hasDataset() && m_draftAccepted && !m_form->hasRefusals() &&
                             !m_isBlocked);
}

void TrainingPage::refreshPlan()
{
    const bool isWanted = isVisible() && m_session->hasDataset();
    const TrainingPlan plan =
        planOf(*m_session, isWanted ? m_speed->speed(m_session->recipe()) : ComputeSpeed{},
               isWanted ? m_preflight->preflight(preflightRequest(*m_session)) : std::nullopt);
    // Below it a run may still be shown, perhaps on other pictures.
    const bool isAfterOne = !plan.words.isEmpty() && !m_subject->isHidden();
    showPlan(isAfterOne ? tr("Next training: %1").arg(plan.words) : plan.words);
    m_cautions = plan.cautions;
    m_isBlocked = plan.isBlocked;
}

void TrainingPage::showPlan(const QString& words)
{
    m_plan->setText(words);
    m_plan->setVisible(!words.isEmpty());
}

void TrainingPage::showSubject(const RunRecord& record, const Recipe& recipe)
{
    m_subject->showRun(bytesToText(record.name), bytesToText(record.datasetPath));
    showPlan(runPlanText(record, recipe));
}

void TrainingPage::showWarnings()
{
    const bool idle = m_state == TrainingState::Idle;
    m_warnings.setWithoutWeights(m_isWithoutWeights || (idle && isWithoutWeights(m_session->recipe())));
    m_warnings.setCautions(idle ? m_cautions : QStringList());
    const QString text = m_warnings.text();
    m_warningText->setText(text);
    m_warning->setVisible(!text.isEmpty());
}

void TrainingPage::startTraining()
{
    // A key may start it while a number stands typed and does not count yet.
    if (!m_form->commit()) {
        return;
    }
    refresh();
    if (m_state != TrainingState::Idle || !m_controls->isStartable()) {
        return;
    }
    RunOrder order;
    order.recipe = m_session->recipe();
    order.dataset = m_session->dataset()->source;
    if (m_session->isDatasetReady()) {
        order.scanned = m_session->dataset();
    }
    order.saving = saveSettings::options();
    order.runsRoot = m_session->runsRoot();
    m_start = [this, order](const ResumeTerms& terms) {
        RunOrder agreed = order;
        agreed.acceptLosses = terms.acceptLosses;
        if (!m_job->train(agreed)) {
            return false;
        }
        m_monitor->showPlanned(order.recipe);
        m_isWithoutWeights = isWithoutWeights(order.recipe);
        m_running = order.recipe;
        return true;
    };
    m_terms = {};
    m_isNew = true;
    m_isOfSession = true;
    m_startedFolder.clear(); // named by the job, which may look at the disk
    m_startedDataset = order.dataset;
    attempt();
}

void TrainingPage::continueTraining()
{
    if (m_state == TrainingState::Paused) {
        resume(toText(m_folder));
    }
}

void TrainingPage::resume(const QString& folder)
{
    goOn(toPath(folder), {});
}

void TrainingPage::goOn(const std::filesystem::path& folder, const ResumeTerms& terms)
{
    if (isTraining()) {
        return;
    }
    m_start = [this, folder](const ResumeTerms& agreed) { return m_job->resume(folder, agreed); };
    m_terms = terms;
    m_terms.saving = saveSettings::options();
    m_isNew = false;
    m_isOfSession = false;
    m_startedFolder = folder;
    m_startedDataset.clear();
    attempt();
}

void TrainingPage::startAgain(const std::filesystem::path& folder)
{
    m_start = [this, folder](const ResumeTerms& agreed) {
        return m_job->startAgain(folder, m_session->runsRoot(), agreed);
    };
    m_terms = {};
    m_terms.saving = saveSettings::options();
    m_isNew = true;
    m_isOfSession = false;
    m_startedFolder.clear(); // named when its recipe is read
    m_startedDataset.clear();
    attempt();
}

void TrainingPage::act(RunAction action, const QString& folder)
{
    if (isTraining()) {
        return;
    }
    const std::filesystem::path path = toPath(folder);
    const auto ask = [this](const QString& title, const QString& text, const QString& yes) {
        return Dialogs::confirm(this, title, text, yes, tr("Not now"));
    };
    switch (action) {
    case RunAction::Continue:
        goOn(path, {});
        break;
    case RunAction::ContinueSlower:
        if (ask(tr("Continue with a tenth of the learning rate?"),
                tr("The run goes on from where it was saved. The rates of the phase in progress and of those "
                   "after it become a tenth, in the run's recipe too."),
                tr("Continue")))
        {
            ResumeTerms terms;
            terms.rateFactor = 0.1;
            goOn(path, terms);
        }
        break;
    case RunAction::StartAgain:
        if (ask(tr("Start this run again?"),
                tr("A new run begins with the same settings and pictures. The one of before stays as it is."),
                tr("Start again")))
        {
            startAgain(path);
        }
        break;
    case RunAction::FinishNow:
        if (ask(tr("Finish this run now?"),
                tr("Its best weights so far are tested, and that is the result. It cannot be continued "
                   "then."),
                tr("Finish now")))
        {
            ResumeTerms terms;
            terms.finishNow = true;
            goOn(path, terms);
        }
        break;
    }
}

void TrainingPage::attempt()
{
    if (m_start(m_terms)) {
        if (!m_isNew) {
            m_isWithoutWeights = false; // resuming() tells
        }
        begin(m_startedFolder, m_startedDataset);
    }
}

void TrainingPage::begin(const std::filesystem::path& folder, const std::filesystem::path& dataset)
{
    m_folder.clear();
    m_actions->showActions({});
    m_record.reset();
    m_failure.reset();
    m_warnings.clearRun();
    m_taken->hide();
    m_subject->showRun(toText(folder.filename()), toText(dataset));
    if (dataset.empty()) {
        showPlan({}); // what was said of the next one is perhaps of another data set
    }
    m_monitor->begin();
    setState(TrainingState::Preparing);
    showWords(tr("Starting…"));
    Q_EMIT trainingStarted();
}

void TrainingPage::requestPause()
{
    halt(TrainingState::Pausing);
}

void TrainingPage::requestStop()
{
    if (m_state == TrainingState::Paused) {
        runMemory::forget(toText(m_folder));
        m_job->forget();
        m_monitor->showResult(endText(*m_record, false, m_folder, false), m_record->best);
        m_monitor->end(endTitle(*m_record, false));
        setState(TrainingState::Idle);
        showActions();
        Q_EMIT statusChanged(endTitle(*m_record, false));
        return;
    }
    halt(TrainingState::Stopping);
}

void TrainingPage::halt(TrainingState how)
{
    if (m_state != TrainingState::Preparing && m_state != TrainingState::Training) {
        return;
    }
    m_job->requestStop();
    setState(how);
    showWords(how == TrainingState::Pausing
                  ? tr("Pausing… The batch in hand is finished and everything is saved.")
                  : tr("Stopping… The batch in hand is finished and everything is saved."));
}

void TrainingPage::showWords(const QString& text)
{
    m_monitor->progress()->showText(text);
    Q_EMIT statusChanged(text);
}

void TrainingPage::showBatch(const BatchProgress& progress)
{
    if (m_state != TrainingState::Training) {
        return;
    }
    m_monitor->showBatch(progress);
    Q_EMIT statusChanged(stageText(progress));
}

void TrainingPage::showEnd(const RunRecord& record, bool hasCheckpoint)
{
    m_hasCheckpoint = hasCheckpoint;
    m_record = record;
    // A finished run that was asked to go on tells no more than this.
    if (m_folder.empty()) {
        m_folder = m_startedFolder;
    }
    m_monitor->showResult(endText(record, m_state == TrainingState::Pausing, m_folder, hasCheckpoint),
                          record.best);
}

void TrainingPage::showFailure(const ErrorReport& error)
{
    m_failure = error;
    m_monitor->progress()->showDetail(errorText(error));
}

void TrainingPage::end()
{
    const bool wasPausing = m_state == TrainingState::Pausing;
    const bool wasHalted = wasPausing || m_state == TrainingState::Stopping;
    const bool isStopped = m_record && m_record->state == RunState::Stopped;
    const bool paused = wasPausing && isStopped;
    QString words = tr("Stopped before the first batch; nothing was written.");
    if (m_failure) {
        words = tr("Failed: %1").arg(errorTitle(m_failure->code));
    } else if (m_record) {
        words = endTitle(*m_record, paused);
    } else if (!m_isNew) {
        words = tr("Stopped before it went on; the run is as it was.");
    }
    if (!paused) {
        m_job->forget();
        // What failed to go on, or was not let to, keeps its place in the memory.
        if (m_record) {
            runMemory::forget(toText(m_folder));
        }
    }
    if (m_isNew && m_folder.empty()) {
        m_subject->showRun({}, {}); // there is no such run
    }
    m_monitor->end(words);
    setState(paused ? TrainingState::Paused : TrainingState::Idle);
    showActions();
    m_session->notifyRunsChanged();
    Q_EMIT statusChanged(words);
    Q_EMIT trainingEnded(toText(m_folder));
    if (m_failure && !wasHalted) {
        askToGoOn(*m_failure);
    }
}

/// What can be done with the run that ended; a paused one has Continue above.
void TrainingPage::showActions()
{
    QList<RunAction> actions;
    if (m_record && !m_folder.empty()) {
        actions = actionsFor(*m_record, m_hasCheckpoint);
    }
    if (m_state == TrainingState::Paused) {
        actions.removeAll(RunAction::Continue);
    }
    m_actions->showActions(actions);
}

/// Three failures leave a choice.
void TrainingPage::askToGoOn(const ErrorReport& error)
{
    const bool isLost = error.code == ErrorCode::PicturesLost;
    if (isLost || (error.code == ErrorCode::RunDiffers && !m_isNew)) {
        bool& accepted = isLost ? m_terms.acceptLosses : m_terms.acceptChanges;
        if (accepted) {
            // Not every difference can be accepted.
            Dialogs::showError(this, error);
        } else if (isLost ? Dialogs::confirm(this, tr("Train without the pictures that are lost?"),
                                             error.detail, tr("Train without them"), tr("Not now"))
                          : Dialogs::confirm(this, tr("Continue although something differs?"), error.detail,
                                             tr("Continue anyway"), tr("Leave it")))
        {
            accepted = true;
            attempt();
        }
    } else if (error.code == ErrorCode::NetworkUnavailable && m_isOfSession &&
               m_session->recipe().weights == "imagenet")
    {
        if (Dialogs::confirm(this, tr("Train without ImageNet weights?"),
                             tr("They could not be fetched.") + '\n' + errorText(error) + "\n\n" +
                                 tr("Without them the base starts from random numbers: expect poor results."),
                             tr("Train without"), tr("Not now")))
        {
            m_session->setWeights("none");
            startTraining();
        }
    }
}

void TrainingPage::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    refresh();
}

} // namespace thaw::ui

#include "ui/pages/training_page.h"

#include "core/base/error.h"
#include "core/train/cost/preflight.h"
#include "ui/dialogs.h"
#include "ui/jobs/errand.h"
#include "ui/pages/training_questions.h"
#include "ui/session.h"
#include "ui/text/path_text.h"
#include "ui/text/plain_text.h"
#include "ui/text/training_words.h"
#include "ui/theme.h"
#include "ui/widgets/recipe_form.h"
#include "ui/widgets/run_monitor.h"
#include "ui/widgets/run_subject.h"
#include "ui/widgets/training_controls.h"

#include <QFrame>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QVBoxLayout>

#include <algorithm>
#include <optional>
#include <variant>

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
    , m_controller(new RunController(this))
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
    connectController();
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
    connect(m_monitor, &RunMonitor::runWanted, this, [this] { m_session->requestRun(runFolder()); });
    layout->addWidget(m_monitor, 1);
    m_actions = new RunActions("training", monitor);
    connect(m_actions, &RunActions::wanted, this,
            [this](RunAction action) { act(action, toText(runFolder())); });
    layout->addWidget(m_actions);
    return monitor;
}

void TrainingPage::connectController()
{
    connect(m_controller, &RunController::begun, this, &TrainingPage::showBeginning);
    connect(m_controller, &RunController::runLoaded, this, &TrainingPage::showLoaded);
    connect(m_controller, &RunController::stateChanged, this, &TrainingPage::showState);
    connect(m_controller, &RunController::preparing, m_monitor, &RunMonitor::showPreparation);
    connect(m_controller, &RunController::progressed, m_monitor, &RunMonitor::showPreparationStep);
    connect(m_controller, &RunController::happened, m_monitor, &RunMonitor::follow);
    connect(m_controller, &RunController::happened, this, &TrainingPage::follow);
    connect(m_controller, &RunController::ended, this, [this](const RunOutcome& outcome) {
        showOutcome(outcome);
        m_session->notifyRunsChanged();
        Q_EMIT trainingEnded(toText(outcome.folder));
        askToGoOn();
    });
    connect(m_controller, &RunController::pauseEnded, this, &TrainingPage::showOutcome);
    connect(m_monitor, &RunMonitor::wordsChanged, this, &TrainingPage::statusChanged);
    connect(m_monitor, &RunMonitor::shortWordsChanged, this, &TrainingPage::shortStatusChanged);
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

void TrainingPage::showRecipe()
{
    m_form->setRecipe(m_controller->recipe().value_or(m_session->recipe()));
    m_draftAccepted = true;
}

void TrainingPage::refresh()
{
    const bool idle = state() == TrainingState::Idle;
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
    const bool idle = state() == TrainingState::Idle;
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
    if (!m_controls->isStartable()) {
        return;
    }
    RunOrder order;
    order.recipe = m_session->recipe();
    order.dataset = m_session->dataset()->source;
    if (m_session->isDatasetReady()) {
        order.scanned = m_session->dataset();
    }
    order.runsRoot = m_session->runsRoot();
    m_controller->start(order);
}

void TrainingPage::act(RunAction action, const QString& folder)
{
    if (isTraining() || !confirmAction(this, action)) {
        return;
    }
    const std::filesystem::path path = toPath(folder);
    switch (action) {
    case RunAction::Continue:
        m_controller->resume(path);
        break;
    case RunAction::ContinueSlower:
        m_controller->resume(path, {.rateFactor = 0.1});
        break;
    case RunAction::StartAgain:
        m_controller->startAgain(path, m_session->runsRoot());
        break;
    case RunAction::FinishNow:
        m_controller->finishNow(path);
        break;
    }
}

void TrainingPage::showBeginning(const std::filesystem::path& folder, const std::filesystem::path& dataset)
{
    m_actions->showActions({});
    m_warnings.clearRun();
    m_isWithoutWeights = false; // showLoaded() tells, where the recipe is not known yet
    m_taken->hide();
    m_subject->showRun(toText(folder.filename()), toText(dataset));
    if (dataset.empty()) {
        showPlan({}); // what was said of the next one is perhaps of another data set
    }
    if (const auto& recipe = m_controller->recipe()) {
        m_isWithoutWeights = isWithoutWeights(*recipe);
        m_monitor->showPlanned(*recipe);
    }
    m_monitor->begin();
}

void TrainingPage::showLoaded(const SavedRun& run, bool goesOn)
{
    m_isWithoutWeights = isWithoutWeights(run.recipe);
    showRecipe();
    showWarnings();
    if (goesOn) {
        m_monitor->showSaved(run);
        showSubject(run.record, run.recipe);
    } else {
        m_monitor->showPlanned(run.recipe);
    }
}

void TrainingPage::showState(TrainingState state)
{
    m_monitor->setState(state);
    m_controls->setState(state);
    if (state == TrainingState::Idle) {
        showRecipe();
    }
    refresh();
    if (state == TrainingState::Preparing) {
        Q_EMIT trainingStarted();
    }
}

void TrainingPage::follow(const RunEvent& event)
{
    if (m_warnings.follow(event)) {
        showWarnings();
    }
    if (const auto* started = std::get_if<RunStarted>(&event)) {
        showSubject(started->record, m_controller->recipe().value());
        m_session->notifyRunsChanged();
        Q_EMIT runStarted(toText(started->folder));
    }
}

void TrainingPage::showOutcome(const RunOutcome& outcome)
{
    if (outcome.isNew && outcome.folder.empty()) {
        m_subject->showRun({}, {}); // there is no such run
        refresh();
    }
    m_monitor->end(outcome);
    QList<RunAction> actions;
    if (outcome.record && !outcome.folder.empty()) {
        actions = actionsFor(*outcome.record, outcome.hasCheckpoint);
    }
    if (outcome.isPaused) {
        actions.removeAll(RunAction::Continue); // it is above
    }
    m_actions->showActions(actions);
}

void TrainingPage::askToGoOn()
{
    const StartQuestion question = m_controller->question();
    const bool needsWeights = question == StartQuestion::WithoutWeights;
    if (needsWeights && m_session->recipe().weights != "imagenet") {
        return; // others were chosen meanwhile
    }
    if (question == StartQuestion::None || !confirmStart(this, question, *m_controller->outcome().failure)) {
        return;
    }
    if (needsWeights) {
        m_session->setWeights("none");
        startTraining();
    } else {
        m_controller->acceptAndRetry();
    }
}

void TrainingPage::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    refresh();
}

} // namespace thaw::ui

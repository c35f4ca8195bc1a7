#include "ui/pages/training_page.h"

#include "core/base/error.h"
#include "core/model/weights_catalog.h"
#include "core/train/trainer.h"
#include "ui/dialogs.h"
#include "ui/models/run_list_model.h"
#include "ui/session.h"
#include "ui/theme.h"
#include "ui/widgets/metrics_plot.h"
#include "ui/widgets/recipe_form.h"
#include "ui/widgets/training_progress.h"

#include <QCheckBox>
#include <QFrame>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QPushButton>
#include <QScrollArea>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

namespace thaw::ui {

namespace {

constexpr int settingsWidth = 372;

/// A strip with a word and perhaps a button: hint, warning, result.
QFrame* makeStrip(QWidget* parent, const char* name, QLabel*& text, QPushButton* button)
{
    QFrame* strip = makeCard(parent);
    strip->setObjectName(name);
    auto* layout = new QHBoxLayout(strip);
    layout->setContentsMargins(spacing::wide, spacing::normal, spacing::normal, spacing::normal);
    text = new QLabel(strip);
    text->setWordWrap(true);
    text->setObjectName(QString::fromLatin1(name) + "Text");
    layout->addWidget(text, 1);
    if (button) {
        layout->addWidget(button, 0, Qt::AlignVCenter);
    }
    strip->hide();
    return strip;
}

QString percent(double share)
{
    return TrainingPage::tr("%1 %").arg(QLocale().toString(share * 100, 'f', 2));
}

QString testText(const TestResult& test)
{
    const QString accuracy = percent(test.score.accuracy);
    const QString loss = QLocale().toString(test.score.loss, 'g', 4);
    return test.split == "test"
               ? TrainingPage::tr("Test accuracy %1, loss %2 on %n picture(s).", nullptr, test.score.images)
                     .arg(accuracy, loss)
               : TrainingPage::tr("Validation accuracy %1, loss %2 on %n picture(s); there is no test split.",
                                  nullptr, test.score.images)
                     .arg(accuracy, loss);
}

} // namespace

TrainingPage::TrainingPage(Session* session, QWidget* parent)
    : QWidget(parent), m_session(session), m_job(new TrainingJob(this))
{
    setObjectName("trainingPage");
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(spacing::page, spacing::page, spacing::page, spacing::wide);
    layout->setSpacing(spacing::wide);
    layout->addWidget(buildSettings());
    layout->addWidget(buildMonitor(), 1);

    connect(m_form, &RecipeForm::edited, this, &TrainingPage::applyDraft);
    connect(m_form, &RecipeForm::editEnded, m_session, &Session::endEdit);
    connect(m_form, &RecipeForm::layersWanted, this, &TrainingPage::layersWanted);
    connect(m_form, &RecipeForm::recipeChosen, this, [this](const QString& nameOrFile) {
        try {
            m_session->loadRecipe(nameOrFile);
        } catch (...) {
            Dialogs::showError(this, currentErrorReport());
        }
        m_form->setRecipe(m_session->recipe());
    });
    connect(m_session, &Session::recipeChanged, this, [this] {
        m_form->setRecipe(m_session->recipe());
        m_draftAccepted = true;
        refresh();
    });
    connect(m_session, &Session::datasetChanged, this, &TrainingPage::refresh);
    connect(m_session, &Session::runsRootChanged, this, &TrainingPage::refresh);
    connectJob();
    m_form->setRecipe(m_session->recipe());
    refresh();
}

QWidget* TrainingPage::buildSettings()
{
    QFrame* card = makeCard(this);
    card->setFixedWidth(settingsWidth);
    auto* layout = new QVBoxLayout(card);
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

    m_start = new QPushButton(tr("&Start"), monitor);
    setNames(m_start, "trainingStart", tr("Start training"));
    setPrimary(m_start);
    m_stop = new QPushButton(tr("S&top"), monitor);
    setNames(m_stop, "trainingStop", tr("Stop training"));
    m_stop->setToolTip(
        tr("Finishes the batch in hand and saves everything. The run can be continued later."));
    m_stop->setEnabled(false);
    connect(m_start, &QPushButton::clicked, this, &TrainingPage::startTraining);
    connect(m_stop, &QPushButton::clicked, this, &TrainingPage::requestStop);
    auto* top = new QHBoxLayout;
    top->addWidget(makeHeading(tr("Training"), monitor));
    top->addStretch(1);
    top->addWidget(m_start);
    top->addWidget(m_stop);
    layout->addLayout(top);

    auto* toDataset = new QPushButton(tr("Choose a data set"), monitor);
    setNames(toDataset, "trainingChooseDataset", tr("Choose a data set"));
    connect(toDataset, &QPushButton::clicked, this, &TrainingPage::datasetWanted);
    QLabel* hintText = nullptr;
    m_hint = makeStrip(monitor, "trainingHint", hintText, toDataset);
    hintText->setText(tr("There are no pictures yet. Choose a folder of them first."));
    layout->addWidget(m_hint);
    m_warning = makeStrip(monitor, "trainingWarning", m_warningText, nullptr);
    m_warningText->setProperty("role", "warning");
    layout->addWidget(m_warning);
    m_preflight = makeMuted({}, monitor);
    setNames(m_preflight, "trainingPreflight", tr("What the training will do"));
    layout->addWidget(m_preflight);
    m_progress = new TrainingProgress(monitor);
    layout->addWidget(m_progress);

    QFrame* card = makeCard(monitor);
    auto* cardLayout = new QVBoxLayout(card);
    m_plot = new MetricsPlot(card);
    m_plot->setObjectName("trainingPlot");
    m_logLoss = new QCheckBox(tr("&Log scale for loss"), card);
    setNames(m_logLoss, "trainingLogLoss", tr("Log scale for loss"));
    m_logLoss->setChecked(true);
    connect(m_logLoss, &QCheckBox::toggled, m_plot, &MetricsPlot::setLogLoss);
    connect(m_plot, &MetricsPlot::logLossChanged, m_logLoss, &QCheckBox::setChecked);
    cardLayout->addWidget(m_plot, 1);
    cardLayout->addWidget(m_logLoss);
    layout->addWidget(card, 1);

    auto* toRuns = new QPushButton(tr("Show in Runs"), monitor);
    setNames(toRuns, "trainingShowRun", tr("Show this run on the Runs page"));
    connect(toRuns, &QPushButton::clicked, this, [this] { m_session->requestRun(m_folder); });
    m_result = makeStrip(monitor, "trainingResult", m_resultText, toRuns);
    m_resultText->setTextInteractionFlags(Qt::TextSelectableByMouse);
    layout->addWidget(m_result);
    return monitor;
}

void TrainingPage::connectJob()
{
    connect(m_job, &TrainingJob::preparing, this, [this](TrainingJob::Preparation what) {
        m_progress->showDetail({});
        m_progress->showStep(0, 0);
        showState(what == TrainingJob::Preparation::Dataset   ? tr("Checking pictures…")
                  : what == TrainingJob::Preparation::Weights ? tr("Preparing weights…")
                                                              : tr("Starting the run…"));
    });
    connect(m_job, &JobThread::progressed, m_progress, &TrainingProgress::showStep);
    connect(m_job, &JobThread::messageGiven, m_progress, &TrainingProgress::showDetail);
    connect(m_job, &TrainingJob::warned, this, [this](const QString& text) {
        m_warningText->setText(m_warning->isHidden() ? text : m_warningText->text() + '\n' + text);
        m_warning->show();
    });
    connect(m_job, &TrainingJob::resuming, this, [this](const SavedRun& run) {
        showPhases(run.recipe);
        m_best = run.record.best;
        m_plot->setHistory(run.history);
        m_plot->markBest(m_best);
    });
    connect(m_job, &TrainingJob::runStarted, this, [this](const RunStarted& run) {
        m_folder = run.folder;
        m_session->notifyRunsChanged();
    });
    connect(m_job, &TrainingJob::batchDone, this, &TrainingPage::showBatch);
    connect(m_job, &TrainingJob::epochDone, this, &TrainingPage::showEpoch);
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

void TrainingPage::refresh()
{
    m_hint->setVisible(!m_session->hasDataset() && !m_training);
    const bool noWeights = m_session->recipe().weights == "none";
    if (!m_training) {
        m_warning->setVisible(noWeights);
        m_warningText->setText(
            noWeights ? tr("Without pretrained weights the base starts from random numbers: expect "
                           "poor results. Choose ImageNet to learn from few pictures.")
                      : QString());
        refreshPreflight();
    }
    m_form->setEnabled(!m_training);
    m_start->setEnabled(!m_training && m_session->hasDataset() && m_draftAccepted && !m_blocked);
    m_stop->setEnabled(m_training && !m_stopping);
}

void TrainingPage::refreshPreflight()
{
    m_blocked = false;
    const DatasetPointer& dataset = m_session->dataset();
    m_preflight->setVisible(dataset != nullptr);
    if (!dataset) {
        return;
    }
    const QLocale locale;
    const Recipe& recipe = m_session->recipe();
    const std::size_t train = dataset->indicesOf(Split::Train).size();
    const std::size_t validation = dataset->indicesOf(Split::Validation).size();
    const std::size_t test = dataset->indicesOf(Split::Test).size();
    const auto steps = int((train + std::size_t(recipe.batchSize) - 1) / std::size_t(recipe.batchSize));
    QStringList words;
    words << tr("%1 training, %2 validation and %3 test pictures.")
                 .arg(locale.toString(qulonglong(train)), locale.toString(qulonglong(validation)),
                      locale.toString(qulonglong(test)));
    words << tr("%n step(s) an epoch.", nullptr, steps);
    if (recipe.weights == "imagenet") {
        const std::vector<CatalogEntry> catalog = weightsCatalog();
        const bool present = std::any_of(catalog.begin(), catalog.end(), [](const CatalogEntry& entry) {
            return entry.name == "imagenet" && entry.present;
        });
        words << (present ? tr("ImageNet weights are ready.")
                          : tr("ImageNet weights will be fetched first."));
    }
    if (!m_session->isDatasetReady()) {
        words << tr("The pictures will be checked first.");
    }
    QStringList problems;
    if (train == 0) {
        problems << tr("There are no training pictures.");
        m_blocked = true;
    }
    try {
        for (const std::string& word : preflight(recipe, train, validation, m_session->runsRoot())) {
            problems << QString::fromStdString(word);
        }
    } catch (...) {
        problems << errorText(currentErrorReport());
        m_blocked = true;
    }
    m_preflight->setText(words.join(' ') + (problems.isEmpty() ? QString() : '\n' + problems.join('\n')));
}

void TrainingPage::startTraining()
{
    refresh();
    if (!m_start->isEnabled()) {
        return;
    }
    TrainingRequest request;
    request.recipe = m_session->recipe();
    request.dataset = m_session->dataset();
    request.scanAgain = !m_session->isDatasetReady();
    request.folder = newRunFolder(m_session->runsRoot(), request.dataset->root, request.recipe.name);
    m_plot->clear();
    showPhases(request.recipe);
    if (m_job->train(request)) {
        begin(request.folder);
    }
}

void TrainingPage::resume(const QString& folder)
{
    if (m_training || !m_job->resume(toPath(folder), false)) {
        return;
    }
    m_plot->clear();
    begin(toPath(folder));
}

void TrainingPage::begin(const std::filesystem::path& folder)
{
    m_folder.clear();
    m_startedFolder = folder;
    m_differences.reset();
    m_best.clear();
    m_endText.clear();
    m_training = true;
    m_stopping = false;
    m_result->hide();
    m_progress->begin();
    showState(tr("Starting…"));
    refresh();
    m_stop->setFocus();
    Q_EMIT trainingStarted();
}

void TrainingPage::requestStop()
{
    if (!m_training || m_stopping) {
        return;
    }
    m_stopping = true;
    m_job->requestStop();
    showState(tr("Stopping… The batch in hand is finished and everything is saved."));
    refresh();
}

void TrainingPage::showState(const QString& text)
{
    m_progress->showText(text);
    Q_EMIT statusChanged(text);
}

void TrainingPage::showPhases(const Recipe& recipe)
{
    std::vector<PlotPhase> phases;
    for (const PhaseRecipe& phase : recipe.phases) {
        phases.push_back({QString::fromStdString(phase.name), phase.epochs});
    }
    m_plot->setPhases(phases);
}

void TrainingPage::showBatch(const BatchProgress& progress)
{
    if (m_stopping) {
        return;
    }
    m_progress->showDetail({});
    m_progress->showBatch(progress);
    Q_EMIT statusChanged(stageText(progress));
    if (progress.stage == TrainStage::Training && progress.steps > 0) {
        m_plot->setLivePoint(double(progress.step) / progress.steps, progress.loss, progress.accuracy);
    }
}

void TrainingPage::showEpoch(const EpochMetrics& metrics, bool isBest)
{
    m_plot->addEpoch(metrics);
    if (isBest) {
        std::erase_if(m_best, [&](const BestEpoch& best) { return best.phase == metrics.phase; });
        m_best.push_back({metrics.phase, metrics.epoch, metrics.valLoss, metrics.valAccuracy});
        m_plot->markBest(m_best);
    }
}

void TrainingPage::showEnd(const RunRecord& record)
{
    QStringList words;
    switch (record.state) {
    case RunState::Finished:
        m_endText = tr("Finished");
        words << tr("The training is finished.");
        break;
    case RunState::Stopped:
        m_endText = tr("Stopped");
        words << tr("The training was stopped and is saved. Continue it from the Runs page at any time.");
        break;
    default:
        m_endText = tr("Failed");
        words << tr("The training failed: %1").arg(QString::fromStdString(record.error));
        break;
    }
    if (record.test) {
        words << testText(*record.test);
    }
    if (!record.excluded.empty()) {
        words << tr("%n picture(s) were left out.", nullptr, int(record.excluded.size()));
    }
    words << tr("Saved in %1").arg(toText(m_folder));
    if (!record.best.empty()) {
        m_best = record.best;
        m_plot->markBest(m_best);
    }
    m_resultText->setText(words.join(' '));
    m_result->show();
}

void TrainingPage::showFailure(const ErrorReport& error)
{
    m_endText = tr("Failed: %1").arg(errorTitle(error.code));
    if (error.code == ErrorCode::RunDiffers) {
        m_differences = error.detail;
    }
    m_progress->showDetail(errorText(error));
}

void TrainingPage::end()
{
    const bool ask = m_differences && !m_stopping;
    m_plot->clearLivePoint();
    m_training = false;
    m_stopping = false;
    if (m_endText.isEmpty()) {
        m_endText = tr("Stopped before the first batch; nothing was written.");
    }
    m_progress->end(m_endText);
    refresh();
    m_start->setFocus();
    m_session->notifyRunsChanged();
    Q_EMIT statusChanged(m_endText);
    Q_EMIT trainingEnded(toText(m_folder));
    if (ask &&
        Dialogs::confirm(this, tr("Continue although something differs?"), *m_differences,
                         tr("Continue anyway"), tr("Leave it")) &&
        m_job->resume(m_startedFolder, true))
    {
        begin(m_startedFolder);
    }
}

void TrainingPage::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    refresh();
}

} // namespace thaw::ui

#include "ui/widgets/run_monitor.h"

#include "ui/text/notice_words.h"
#include "ui/text/plain_text.h"
#include "ui/text/run_state_words.h"
#include "ui/text/training_words.h"
#include "ui/theme.h"
#include "ui/widgets/metrics_plot.h"
#include "ui/widgets/training_progress.h"

#include <QCheckBox>
#include <QFrame>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include <variant>

namespace thaw::ui {

QFrame* makeStrip(QWidget* parent, const char* name, QLabel*& text, QWidget* button)
{
    QFrame* strip = makeCard(parent);
    strip->setObjectName(name);
    strip->setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Maximum);
    auto* layout = new QHBoxLayout(strip);
    layout->setContentsMargins(spacing::wide, spacing::normal, spacing::normal, spacing::normal);
    text = new QLabel(strip);
    letShrink(text);
    text->setTextFormat(Qt::PlainText);
    text->setTextInteractionFlags(Qt::TextSelectableByMouse);
    text->setObjectName(QString::fromLatin1(name) + "Text");
    layout->addWidget(text, 1);
    if (button) {
        layout->addWidget(button, 0, Qt::AlignVCenter);
    }
    strip->hide();
    return strip;
}

RunMonitor::RunMonitor(QWidget* parent)
    : QWidget(parent), m_progress(new TrainingProgress(this)), m_plot(new MetricsPlot(this))
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins({});
    layout->setSpacing(spacing::normal);
    layout->addWidget(m_progress);

    QFrame* card = makeCard(this);
    auto* cardLayout = new QVBoxLayout(card);
    m_plot->setObjectName("trainingPlot");
    auto* log = new QCheckBox(tr("&Log scale for loss"), card);
    setNames(log, "trainingLogLoss", tr("Log scale for loss"));
    log->setChecked(m_plot->isLogLoss());
    connect(log, &QCheckBox::toggled, m_plot, &MetricsPlot::setLogLoss);
    connect(m_plot, &MetricsPlot::logLossChanged, log, &QCheckBox::setChecked);
    cardLayout->addWidget(m_plot, 1);
    cardLayout->addWidget(log);
    layout->addWidget(card, 1);

    auto* toRuns = new QPushButton(tr("Show in R&uns"), this);
    setNames(toRuns, "trainingShowRun", tr("Show this run on the Runs page"));
    connect(toRuns, &QPushButton::clicked, this, &RunMonitor::runWanted);
    m_result = makeStrip(this, "trainingResult", m_resultText, toRuns);
    layout->addWidget(m_result);
}

void RunMonitor::showPlanned(const Recipe& recipe)
{
    std::vector<PlotPhase> phases;
    m_epochs.clear();
    for (const PhaseRecipe& phase : recipe.phases) {
        phases.push_back({plainLine(phase.name), phase.epochs});
        m_epochs.push_back(phase.epochs);
    }
    m_best.clear();
    m_plot->clear();
    m_plot->setPhases(phases);
}

void RunMonitor::showSaved(const SavedRun& run)
{
    showPlanned(run.recipe);
    m_progress->addEarlier(run.record.trainedSeconds);
    showPictures(run.record);
    m_best = run.record.best;
    m_plot->setHistory(run.history);
    m_plot->markBest(m_best);
}

void RunMonitor::showPictures(const RunRecord& record)
{
    m_plot->setPictures(pictureCount(record, Split::Train), pictureCount(record, Split::Validation));
}

void RunMonitor::begin()
{
    m_result->hide();
    m_progress->begin();
    showPercent(0);
}

void RunMonitor::showPreparation(Preparation what)
{
    m_progress->showDetail({});
    m_progress->showStep(0, 0);
    showWords(preparationText(what));
}

void RunMonitor::showPreparationStep(qint64 done, qint64 total)
{
    m_progress->showStep(done, total);
}

void RunMonitor::setState(TrainingState state)
{
    m_state = state;
    const QString words = stateText(state);
    if (!words.isEmpty()) {
        showWords(words);
    }
}

void RunMonitor::follow(const RunEvent& event)
{
    if (const auto* started = std::get_if<RunStarted>(&event)) {
        showPictures(started->record);
    } else if (const auto* notice = std::get_if<Notice>(&event)) {
        showNotice(*notice);
    } else if (const auto* progress = std::get_if<BatchProgress>(&event)) {
        showBatch(*progress);
    } else if (const auto* done = std::get_if<EpochDone>(&event)) {
        showEpoch(*done);
    } else if (const auto* ended = std::get_if<RunEnded>(&event)) {
        RunOutcome outcome;
        outcome.folder = ended->folder;
        outcome.record = ended->record;
        outcome.hasCheckpoint = ended->hasCheckpoint;
        outcome.isPaused = m_state == TrainingState::Pausing && ended->record.state == RunState::Stopped;
        end(outcome);
    }
}

void RunMonitor::showNotice(const Notice& notice)
{
    // Warnings stay in view elsewhere, see WarningLines.
    if (notice.level() == NoticeLevel::Info) {
        m_progress->showDetail(noticeText(notice));
    }
}

void RunMonitor::showBatch(const BatchProgress& progress)
{
    m_progress->showDetail({});
    m_progress->showBatch(progress);
    if (progress.stage == TrainStage::Training && progress.steps > 0) {
        m_plot->addLivePoint(double(progress.step) / progress.steps, progress.loss, progress.accuracy);
    }
    Q_EMIT wordsChanged(stageText(progress));
    const int percent = static_cast<int>(progress.fractionDone * 100);
    if (percent != m_percent) {
        showPercent(percent);
    }
}

void RunMonitor::showPercent(int percent)
{
    m_percent = percent;
    Q_EMIT shortWordsChanged(tr("%L1 %").arg(percent));
}

void RunMonitor::showEpoch(const EpochDone& done)
{
    const EpochMetrics& metrics = done.metrics;
    if (!isPlanned(metrics)) {
        return;
    }
    m_plot->addEpoch(metrics);
    if (done.isBest) {
        std::erase_if(m_best, [&](const BestEpoch& best) { return best.phase == metrics.phase; });
        m_best.push_back({metrics.phase, metrics.epoch, metrics.valLoss, metrics.valAccuracy});
        m_plot->markBest(m_best);
    }
}

bool RunMonitor::isPlanned(const EpochMetrics& metrics) const
{
    return metrics.phase >= 1 && metrics.epoch >= 1 && metrics.phase <= static_cast<int>(m_epochs.size()) &&
           metrics.epoch <= m_epochs[static_cast<std::size_t>(metrics.phase) - 1];
}

void RunMonitor::showWords(const QString& text)
{
    m_progress->showText(text);
    Q_EMIT wordsChanged(text);
}

void RunMonitor::showResult(const QString& text, const std::vector<BestEpoch>& best)
{
    if (!best.empty()) {
        m_best = best;
        m_plot->markBest(m_best);
    }
    m_resultText->setText(text);
    m_result->show();
}

void RunMonitor::end(const RunOutcome& outcome)
{
    if (outcome.record) {
        showResult(endText(*outcome.record, outcome.isPaused, outcome.folder, outcome.hasCheckpoint),
                   outcome.record->best);
    }
    if (outcome.failure) {
        m_progress->showDetail(errorText(*outcome.failure));
    }
    m_plot->clearLive();
    const QString title = outcomeTitle(outcome);
    m_progress->end(title);
    Q_EMIT wordsChanged(title);
    Q_EMIT shortWordsChanged(title);
}

} // namespace thaw::ui

#include "ui/widgets/run_monitor.h"

#include "ui/text/plain_text.h"
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
    for (const PhaseRecipe& phase : recipe.phases) {
        phases.push_back({plainLine(phase.name), phase.epochs});
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
}

void RunMonitor::showBatch(const BatchProgress& progress)
{
    m_progress->showDetail({});
    m_progress->showBatch(progress);
    if (progress.stage == TrainStage::Training && progress.steps > 0) {
        m_plot->setLivePoint(double(progress.step) / progress.steps, progress.loss, progress.accuracy);
    }
}

void RunMonitor::showEpoch(const EpochMetrics& metrics, bool isBest)
{
    m_plot->addEpoch(metrics);
    if (isBest) {
        std::erase_if(m_best, [&](const BestEpoch& best) { return best.phase == metrics.phase; });
        m_best.push_back({metrics.phase, metrics.epoch, metrics.valLoss, metrics.valAccuracy});
        m_plot->markBest(m_best);
    }
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

void RunMonitor::end(const QString& text)
{
    m_plot->clearLivePoint();
    m_progress->end(text);
}

} // namespace thaw::ui

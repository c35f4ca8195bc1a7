#include "ui/widgets/training_progress.h"

#include "ui/theme.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QProgressBar>
#include <QVBoxLayout>

#include <cmath>

namespace thaw::ui {

namespace {

constexpr int barSteps = 1000;

} // namespace

QString stageText(const BatchProgress& progress)
{
    const QString where = TrainingProgress::tr("phase %1 of %2, epoch %3 of %4")
                              .arg(progress.phase)
                              .arg(progress.phases)
                              .arg(progress.epoch)
                              .arg(progress.epochs);
    switch (progress.stage) {
    case TrainStage::Preparing:
        return progress.steps > 0 ? TrainingProgress::tr("Preparing phase %1 of %2, batch %3 of %4")
                                        .arg(progress.phase)
                                        .arg(progress.phases)
                                        .arg(progress.step)
                                        .arg(progress.steps)
                                  : TrainingProgress::tr("Preparing phase %1 of %2")
                                        .arg(progress.phase)
                                        .arg(progress.phases);
    case TrainStage::Storing:
        return TrainingProgress::tr("Storing views for %1").arg(where);
    case TrainStage::Training:
        return TrainingProgress::tr("Training %1").arg(where);
    case TrainStage::Validating:
        return TrainingProgress::tr("Validating %1").arg(where);
    default:
        return TrainingProgress::tr("Testing the best weights");
    }
}

QString durationText(double seconds)
{
    const auto whole = qint64(std::llround(seconds));
    if (whole >= 3600) {
        return TrainingProgress::tr("%1 h %2 min").arg(whole / 3600).arg(whole % 3600 / 60);
    }
    if (whole >= 60) {
        return TrainingProgress::tr("%1 min %2 s").arg(whole / 60).arg(whole % 60);
    }
    return TrainingProgress::tr("%1 s").arg(whole);
}

TrainingProgress::TrainingProgress(QWidget* parent)
    : QFrame(parent)
    , m_text(new QLabel(this))
    , m_detail(makeMuted({}, this))
    , m_speed(makeMuted({}, this))
    , m_elapsed(makeMuted({}, this))
    , m_left(makeMuted({}, this))
    , m_bar(new QProgressBar(this))
{
    setNames(m_text, "trainingState", tr("State of the training"));
    setNames(m_detail, "trainingDetail", tr("Newest message"));
    setNames(m_speed, "trainingSpeed", tr("Images per second"));
    setNames(m_elapsed, "trainingElapsed", tr("Time gone"));
    setNames(m_left, "trainingLeft", tr("Time left"));
    setNames(m_bar, "trainingBar", tr("Progress of the whole run"));
    letShrink(m_text);
    letShrink(m_detail);
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_bar->setRange(0, barSteps);
    m_bar->setTextVisible(false);
    m_detail->hide();
    for (QLabel* label : {m_speed, m_elapsed, m_left}) {
        label->setWordWrap(false);
    }
    auto* facts = new QHBoxLayout;
    facts->setSpacing(spacing::wide);
    facts->addWidget(m_text, 1);
    facts->addWidget(m_speed);
    facts->addWidget(m_elapsed);
    facts->addWidget(m_left);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(spacing::small);
    layout->addLayout(facts);
    layout->addWidget(m_bar);
    layout->addWidget(m_detail);
    m_tick.setInterval(1000);
    connect(&m_tick, &QTimer::timeout, this, &TrainingProgress::showClock);
    m_text->setText(tr("Ready"));
}

void TrainingProgress::begin()
{
    m_clock.start();
    m_earlierSeconds = 0;
    m_tick.start();
    m_bar->setRange(0, barSteps);
    m_bar->setValue(0);
    m_speed->clear();
    m_left->clear();
    m_detail->clear();
    m_detail->hide();
    showClock();
}

void TrainingProgress::addEarlier(double seconds)
{
    m_earlierSeconds = seconds;
    showClock();
}

void TrainingProgress::end(const QString& text)
{
    if (m_tick.isActive()) {
        showClock();
        m_tick.stop();
    }
    m_text->setText(text);
    m_speed->clear();
    m_left->clear();
    if (m_bar->maximum() == 0) {
        m_bar->setRange(0, barSteps);
    }
}

void TrainingProgress::showText(const QString& text)
{
    m_text->setText(text);
}

void TrainingProgress::showStep(qint64 done, qint64 total)
{
    m_bar->setRange(0, total > 0 ? barSteps : 0);
    m_bar->setValue(total > 0 ? int(double(done) / double(total) * barSteps) : 0);
}

void TrainingProgress::showBatch(const BatchProgress& progress)
{
    m_text->setText(stageText(progress));
    m_bar->setRange(0, barSteps);
    m_bar->setValue(int(std::lround(progress.fractionDone * barSteps)));
    m_speed->setText(progress.imagesPerSecond > 0
                         ? tr("%1 images/s").arg(QLocale().toString(progress.imagesPerSecond, 'f', 1))
                         : QString());
    m_left->setText(progress.secondsLeft >= 0 ? tr("%1 left").arg(durationText(progress.secondsLeft))
                                              : QString());
}

void TrainingProgress::showDetail(const QString& text)
{
    m_detail->setText(text);
    m_detail->setVisible(!text.isEmpty());
}

QString TrainingProgress::text() const
{
    return m_text->text();
}

void TrainingProgress::showClock()
{
    m_elapsed->setText(tr("%1 gone").arg(durationText(m_earlierSeconds + double(m_clock.elapsed()) / 1000)));
}

} // namespace thaw::ui

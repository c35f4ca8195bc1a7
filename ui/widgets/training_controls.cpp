#include "ui/widgets/training_controls.h"

#include "ui/theme.h"

#include <QApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QShortcut>

namespace thaw::ui {

namespace {

/// Longer than it takes to see that Pause has given its place to Start.
constexpr int restMilliseconds = 700;

} // namespace

TrainingControls::TrainingControls(QWidget* parent)
    : QWidget(parent)
    , m_start(new QPushButton(tr("&Start"), this))
    , m_pause(new QPushButton(tr("&Pause"), this))
    , m_continue(new QPushButton(tr("&Continue"), this))
    , m_stop(new QPushButton(tr("S&top"), this))
    , m_space(new QShortcut(QKeySequence(Qt::Key_Space), this))
{
    setNames(this, "trainingControls", tr("Training"));
    setNames(m_start, "trainingStart", tr("Start training"));
    setNames(m_pause, "trainingPause", tr("Pause training"));
    setNames(m_continue, "trainingContinue", tr("Continue training"));
    setNames(m_stop, "trainingStop", tr("Stop training"));
    setPrimary(m_start);
    setPrimary(m_continue);
    m_pause->setToolTip(tr("Finishes the batch in hand and waits, with everything saved (Space)"));
    m_continue->setToolTip(tr("Goes on from where the training was paused (Space)"));
    m_stop->setToolTip(
        tr("Finishes the batch in hand and saves everything. The run can be continued later."));
    connect(m_start, &QPushButton::clicked, this, &TrainingControls::startClicked);
    connect(m_pause, &QPushButton::clicked, this, &TrainingControls::pauseClicked);
    connect(m_continue, &QPushButton::clicked, this, &TrainingControls::continueClicked);
    connect(m_stop, &QPushButton::clicked, this, &TrainingControls::stopClicked);
    m_space->setAutoRepeat(false);
    connect(m_space, &QShortcut::activated, this, &TrainingControls::pressSpace);
    m_rest.setSingleShot(true);
    m_rest.setInterval(restMilliseconds);
    connect(&m_rest, &QTimer::timeout, this, &TrainingControls::refresh);

    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins({});
    layout->setSpacing(spacing::normal);
    layout->addWidget(makeHeading(tr("Training"), this));
    layout->addStretch(1);
    for (QPushButton* button : {m_start, m_pause, m_continue, m_stop}) {
        layout->addWidget(button);
    }
    refresh();
}

void TrainingControls::setState(TrainingState state)
{
    const TrainingState before = m_state;
    m_state = state;
    if (before == state) {
        refresh();
        return;
    }
    if (state == TrainingState::Idle && isActive(before)) {
        m_rest.start();
    }
    // A button that goes away would hand the focus to whatever comes next: to Stop, or to Start, which a key
    // meant for Pause must never press. A training that begins takes the focus from the fields, which rest.
    const QWidget* focus = QApplication::focusWidget();
    const bool isOurs = !focus || focus == this || isAncestorOf(focus) || state == TrainingState::Preparing;
    const bool takesFocus = isVisible() && isOurs;
    if (takesFocus) {
        setFocus();
    }
    refresh();
    if (takesFocus && state == TrainingState::Training) {
        m_pause->setFocus();
    } else if (takesFocus && state == TrainingState::Paused) {
        m_continue->setFocus();
    }
}

void TrainingControls::setStartable(bool startable)
{
    m_startable = startable;
    refresh();
}

void TrainingControls::refresh()
{
    const bool paused = m_state == TrainingState::Paused;
    m_start->setVisible(m_state == TrainingState::Idle);
    m_start->setEnabled(m_state == TrainingState::Idle && m_startable && !m_rest.isActive());
    m_pause->setVisible(isActive(m_state));
    m_pause->setEnabled(m_state == TrainingState::Training);
    m_continue->setVisible(paused);
    m_stop->setEnabled(paused || m_state == TrainingState::Preparing || m_state == TrainingState::Training);
    // On a hidden page Space belongs to others.
    m_space->setEnabled(isVisible() && (paused || m_state == TrainingState::Training));
}

void TrainingControls::pressSpace()
{
    auto* button = qobject_cast<QAbstractButton*>(QApplication::focusWidget());
    if (button && button->isEnabled()) {
        button->click();
    } else if (m_state == TrainingState::Paused) {
        m_continue->click();
    } else {
        m_pause->click();
    }
}

void TrainingControls::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    refresh();
}

void TrainingControls::hideEvent(QHideEvent* event)
{
    QWidget::hideEvent(event);
    m_space->setEnabled(false);
}

} // namespace thaw::ui

#include "ui/widgets/run_actions.h"

#include "core/base/error.h"
#include "ui/theme.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>

namespace thaw::ui {

QList<RunAction> actionsFor(const RunRecord& record, bool hasCheckpoint)
{
    if (record.state != RunState::Stopped && record.state != RunState::Failed) {
        return {};
    }
    const bool isFailed = record.state == RunState::Failed;
    const bool hasDiverged = isFailed && record.errorCode == nameOf(ErrorCode::TrainingDiverged);
    QList<RunAction> actions;
    // A stopped one without a checkpoint begins anew. One that diverged would do so again.
    if ((hasCheckpoint || !isFailed) && !hasDiverged) {
        actions << RunAction::Continue;
    }
    if (hasCheckpoint && isFailed) {
        actions << RunAction::ContinueSlower;
    }
    if (isFailed) {
        actions << RunAction::StartAgain;
    }
    if (!record.best.empty()) {
        actions << RunAction::FinishNow;
    }
    return actions;
}

RunActions::RunActions(const QString& prefix, QWidget* parent) : QFrame(parent), m_words(new QLabel(this))
{
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Maximum);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins({});
    layout->setSpacing(spacing::normal);
    m_words->setText(tr("This run:"));
    layout->addWidget(m_words);
    const auto add = [&](RunAction action, const QString& text, const char* name, const QString& tip) {
        auto* button = new QPushButton(text, this);
        setNames(button, qPrintable(prefix + QLatin1String(name)), text);
        button->setToolTip(tip);
        connect(button, &QPushButton::clicked, this, [this, action] { Q_EMIT wanted(action); });
        layout->addWidget(button);
        m_buttons.insert(action, button);
    };
    add(RunAction::Continue, tr("Continue it"), "GoOn", tr("Go on with this run from where it was saved"));
    add(RunAction::ContinueSlower, tr("Continue with a tenth of the rate"), "Slower",
        tr("Go on from where it was saved with learning rates of a tenth"));
    add(RunAction::StartAgain, tr("Start again"), "Again",
        tr("A new run with the same settings and pictures; this one stays"));
    add(RunAction::FinishNow, tr("Finish now"), "FinishNow",
        tr("Test the best weights so far; the run is finished then"));
    layout->addStretch(1);
    showActions({});
}

void RunActions::showActions(const QList<RunAction>& actions)
{
    for (auto button = m_buttons.begin(); button != m_buttons.end(); ++button) {
        button.value()->setVisible(actions.contains(button.key()));
    }
    setVisible(!actions.isEmpty());
}

} // namespace thaw::ui

#include "ui/text/run_state_words.h"

#include "ui/text/training_words.h"

#include <QCoreApplication>

namespace thaw::ui {

namespace {

struct RunStateWords
{
    Q_DECLARE_TR_FUNCTIONS(thaw::ui::RunStateWords)
};

} // namespace

QString preparationText(Preparation what)
{
    switch (what) {
    case Preparation::Dataset:
        return RunStateWords::tr("Checking pictures…");
    case Preparation::Weights:
        return RunStateWords::tr("Preparing weights…");
    case Preparation::Run:
        break;
    }
    return RunStateWords::tr("Starting the run…");
}

QString stateText(TrainingState state)
{
    switch (state) {
    case TrainingState::Preparing:
        return RunStateWords::tr("Starting…");
    case TrainingState::Pausing:
        return RunStateWords::tr("Pausing… The batch in hand is finished and everything is saved.");
    case TrainingState::Stopping:
        return RunStateWords::tr("Stopping… The batch in hand is finished and everything is saved.");
    default:
        return {};
    }
}

QString outcomeTitle(const RunOutcome& outcome)
{
    if (outcome.failure) {
        return RunStateWords::tr("Failed: %1").arg(errorTitle(outcome.failure->code));
    }
    if (outcome.record) {
        return endTitle(*outcome.record, outcome.isPaused);
    }
    return outcome.isNew ? RunStateWords::tr("Stopped before the first batch; nothing was written.")
                         : RunStateWords::tr("Stopped before it went on; the run is as it was.");
}

} // namespace thaw::ui

#pragma once

#include "core/train/start/run_materials.h"
#include "ui/training_state.h"

#include <QString>

namespace thaw::ui {

/// "Checking pictures…"
QString preparationText(Preparation what);
/// What a training is told to be busy with as it comes into this state; empty where progress tells it.
QString stateText(TrainingState state);
/// How a training ended: "Finished", "Failed: …".
QString outcomeTitle(const RunOutcome& outcome);

} // namespace thaw::ui

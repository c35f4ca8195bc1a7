#pragma once

#include "ui/run_controller.h"
#include "ui/widgets/run_actions.h"

class QWidget;

namespace thaw::ui {

/// Asks whether to do that with a run; Continue needs no question. @return whether to
bool confirmAction(QWidget* parent, RunAction action);

/// Asks what a start that failed needs, or tells that there is nothing to ask. @return whether it may be
bool confirmStart(QWidget* parent, StartQuestion question, const ErrorReport& failure);

} // namespace thaw::ui

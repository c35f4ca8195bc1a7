#pragma once

#include "core/train/start/save_options.h"

class QMenu;
class QWidget;

namespace thaw::ui {

/// How training saves itself and what it leaves in the cache: the user's choice, kept in the window's
/// settings, for runs that begin or go on from then on.
namespace saveSettings {

SaveOptions options();

/// "Save training every" with a few times to choose from.
QMenu* makeIntervalMenu(QWidget* parent);

/// "Stored features": how much of them is kept, and their removal.
QMenu* makeFeaturesMenu(QWidget* parent);

} // namespace saveSettings

} // namespace thaw::ui

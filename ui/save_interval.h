#pragma once

#include "core/train/save_options.h"

class QMenu;
class QWidget;

namespace thaw::ui {

/// How often training saves itself within an epoch: the user's choice, kept in the window's settings, for
/// runs that begin or go on from then on.
namespace saveInterval {

SaveOptions options();

/// "Save training every" with a few times to choose from.
QMenu* makeMenu(QWidget* parent);

} // namespace saveInterval

} // namespace thaw::ui

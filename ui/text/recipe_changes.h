#pragma once

#include "core/experiment/recipe.h"

#include <QString>

namespace thaw::ui {

/// "which layers train, the augmentation and the phases": what differs between two recipes, whichever page
/// shows it. Empty where nothing does but names and the split.
QString recipeChanges(const Recipe& before, const Recipe& after);

} // namespace thaw::ui

#pragma once

#include "ui/theme.h"

namespace thaw::ui {

/// Relative luminance and contrast ratio as WCAG 2 defines them.
double luminanceOf(const QColor& colour);
double contrastOf(const QColor& a, const QColor& b);

/// The application's style sheet: what Fusion does not do by palette alone.
QString styleSheetFor(const ThemeColours& colours);

} // namespace thaw::ui

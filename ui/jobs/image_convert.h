#pragma once

#include "core/base/image.h"

#include <QImage>

namespace thaw::ui {

/// A deep copy as QImage (RGB888).
QImage toQImage(const RgbImage& image);

} // namespace thaw::ui

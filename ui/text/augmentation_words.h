#pragma once

#include "core/data/input/augmentation_operations.h"

#include <QString>

namespace thaw::ui {

/// How the window shows the strength of an augmentation.
struct AugmentationWords
{
    QString title; ///< with the letter of its label, if it has one
    QString explanation;
    double scale = 1; ///< what is shown is the strength times this
    QString unit;
};

AugmentationWords augmentationWords(const AugmentationOperation& operation);

/// "±20 %" or "50 %" of one that is on.
QString strengthText(const AugmentationOperation& operation, double strength);

QString fillModeText(FillMode fill);

} // namespace thaw::ui

#include "ui/text/augmentation_words.h"

#include <QCoreApplication>
#include <QLocale>

#include <algorithm>
#include <iterator>
#include <string_view>

namespace thaw::ui {

namespace {

struct AugmentationTexts
{
    Q_DECLARE_TR_FUNCTIONS(AugmentationWords)
};

struct AugmentationRow
{
    std::string_view name;
    const char* title;
    const char* explanation;
    double scale;
    const char* unit;
    bool isEitherWay; ///< a greatest change up or down; else a probability
};

constexpr double percentScale = 100;
constexpr double fullTurnDegrees = 360;
constexpr const char* percentUnit = QT_TRANSLATE_NOOP("AugmentationWords", "%");
constexpr const char* degreeUnit = QT_TRANSLATE_NOOP("AugmentationWords", "°");

constexpr AugmentationRow augmentationRows[]{
    {"flip", QT_TRANSLATE_NOOP("AugmentationWords", "F&lip"),
     QT_TRANSLATE_NOOP("AugmentationWords", "How often a picture is mirrored left to right."), percentScale,
     percentUnit, false},
    {"rotation", QT_TRANSLATE_NOOP("AugmentationWords", "&Rotation"),
     QT_TRANSLATE_NOOP("AugmentationWords", "Turned by up to this angle, either way."), fullTurnDegrees,
     degreeUnit, true},
    {"zoom", QT_TRANSLATE_NOOP("AugmentationWords", "&Zoom"),
     QT_TRANSLATE_NOOP("AugmentationWords", "Made larger or smaller by up to this share."), percentScale,
     percentUnit, true},
    {"vertical_flip", QT_TRANSLATE_NOOP("AugmentationWords", "Upside down"),
     QT_TRANSLATE_NOOP("AugmentationWords", "How often a picture is mirrored top to bottom."), percentScale,
     percentUnit, false},
    {"translation", QT_TRANSLATE_NOOP("AugmentationWords", "Shift"),
     QT_TRANSLATE_NOOP("AugmentationWords", "Moved by up to this share of its width and height."),
     percentScale, percentUnit, true},
    {"shear", QT_TRANSLATE_NOOP("AugmentationWords", "Shear"),
     QT_TRANSLATE_NOOP("AugmentationWords", "Slanted by up to this share, along both sides."), percentScale,
     percentUnit, true},
    {"brightness", QT_TRANSLATE_NOOP("AugmentationWords", "Brightness"),
     QT_TRANSLATE_NOOP("AugmentationWords", "Made brighter or darker by up to this share of white."),
     percentScale, percentUnit, true},
    {"contrast", QT_TRANSLATE_NOOP("AugmentationWords", "Contrast"),
     QT_TRANSLATE_NOOP("AugmentationWords", "Contrast is raised or lowered by up to this share."),
     percentScale, percentUnit, true},
    {"saturation", QT_TRANSLATE_NOOP("AugmentationWords", "Saturation"),
     QT_TRANSLATE_NOOP("AugmentationWords", "Colours are made stronger or paler by up to this share."),
     percentScale, percentUnit, true},
    {"hue", QT_TRANSLATE_NOOP("AugmentationWords", "Hue"),
     QT_TRANSLATE_NOOP("AugmentationWords", "Colours turn by up to this angle on the colour circle."),
     fullTurnDegrees / 2, degreeUnit, true},
    {"grayscale", QT_TRANSLATE_NOOP("AugmentationWords", "Greyscale"),
     QT_TRANSLATE_NOOP("AugmentationWords", "How often a picture loses its colours."), percentScale,
     percentUnit, false},
    {"erasing", QT_TRANSLATE_NOOP("AugmentationWords", "Erasing"),
     QT_TRANSLATE_NOOP("AugmentationWords", "How often a rectangle is replaced by noise."), percentScale,
     percentUnit, false},
};

/// One without words shows its name.
AugmentationRow rowOf(const AugmentationOperation& operation)
{
    const auto* row =
        std::ranges::find(augmentationRows, std::string_view(operation.name), &AugmentationRow::name);
    return row == std::end(augmentationRows)
               ? AugmentationRow{operation.name, operation.name, "", percentScale, percentUnit, false}
               : *row;
}

} // namespace

AugmentationWords augmentationWords(const AugmentationOperation& operation)
{
    const AugmentationRow row = rowOf(operation);
    return {AugmentationTexts::tr(row.title), AugmentationTexts::tr(row.explanation), row.scale,
            AugmentationTexts::tr(row.unit)};
}

QString strengthText(const AugmentationOperation& operation, double strength)
{
    const AugmentationRow row = rowOf(operation);
    const QString number = QLocale().toString(strength * row.scale);
    return (row.isEitherWay ? AugmentationTexts::tr("±%1 %2", "number, unit")
                            : AugmentationTexts::tr("%1 %2", "number, unit"))
        .arg(number, AugmentationTexts::tr(row.unit));
}

QString fillModeText(FillMode fill)
{
    switch (fill) {
    case FillMode::Reflect:
        return AugmentationTexts::tr("Mirrored");
    case FillMode::Constant:
        return AugmentationTexts::tr("Black");
    case FillMode::Nearest:
        return AugmentationTexts::tr("Edge repeated");
    case FillMode::Wrap:
        break;
    }
    return AugmentationTexts::tr("Wrapped round");
}

} // namespace thaw::ui

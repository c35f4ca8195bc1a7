#pragma once

#include <QColor>
#include <QIcon>
#include <QPalette>
#include <QString>

#include <optional>

class QApplication;
class QComboBox;
class QFrame;
class QLabel;
class QPushButton;
class QWidget;

namespace thaw::ui {

enum class ThemeMode { System, Light, Dark };

/// "system", "light", "dark".
std::optional<ThemeMode> themeModeFromName(const QString& name);

/// Sets style, palette and style sheet. System follows the desktop's palette and its later changes.
void applyTheme(QApplication& application, ThemeMode mode);

/// Distances on an 8-pixel grid.
namespace spacing {
inline constexpr int small = 4;
inline constexpr int normal = 8;
inline constexpr int wide = 16;
inline constexpr int page = 24; ///< margins of a page
} // namespace spacing

/// Colours by meaning, made from a palette so that they suit light and dark alike. Ask again on
/// QEvent::PaletteChange; text on `card` and `window` in any of `text`, `muted`, `good`, `warning`, `bad`,
/// `accent` has a contrast of at least 4.5 : 1.
struct ThemeColours
{
    QColor window;  ///< behind cards
    QColor card;    ///< behind content
    QColor border;  ///< hairlines
    QColor control; ///< outlines of fields
    QColor text;
    QColor muted;      ///< secondary text
    QColor disabled;   ///< text of what cannot be used now
    QColor accent;     ///< the one accent: selection, primary button, progress
    QColor onAccent;   ///< text on it
    QColor accentSoft; ///< a tint of it for hover and selected rows
    QColor good;
    QColor warning;
    QColor bad;
    QColor frozen;   ///< layers that keep their weights: cool
    QColor thawed;   ///< layers that train: warm
    QColor training; ///< curves
    QColor validation;
};

ThemeColours themeColours(const QPalette& palette);
bool isDark(const QPalette& palette);

/// Icons of resources/icons by file name ("dataset", "warning" …), drawn in the palette's text colour.
QIcon themeIcon(const QString& name, const QPalette& palette);

/// A rounded panel; give it a layout. Object name "card" is replaced freely.
QFrame* makeCard(QWidget* parent);
/// Labels with roles, styled by the theme: a page's heading, a card's heading, quiet secondary text (wraps).
QLabel* makeHeading(const QString& text, QWidget* parent);
QLabel* makeSectionTitle(const QString& text, QWidget* parent);
QLabel* makeMuted(const QString& text, QWidget* parent);
/// For a label that shows names or messages: a long word in it does not widen the window.
void letShrink(QLabel* label);
void letShrink(QComboBox* box);
/// The one button of a page that goes on (filled with the accent).
void setPrimary(QPushButton* button);
/// Object name and accessible name at once. A label gets the first only: a name would be read in place of its
/// text.
void setNames(QWidget* widget, const char* objectName, const QString& accessibleName);

} // namespace thaw::ui

#include "ui/theme_style.h"

namespace thaw::ui {

QString styleSheetFor(const ThemeColours& colours)
{
    QString sheet = QStringLiteral(R"(
QFrame[card="true"] { background: @card; border: 1px solid @border; border-radius: 8px; }
QLabel[role="muted"] { color: @muted; }
QLabel[role="bad"] { color: @bad; }
QLabel[role="warning"] { color: @warning; }

QPushButton { background: @card; color: @text; border: 1px solid @border; border-radius: 6px;
              padding: 6px 14px; min-height: 18px; }
QPushButton:hover { background: @accentSoft; border-color: @accent; }
QPushButton:pressed { background: @border; }
QPushButton:focus { border-color: @accent; }
QPushButton:disabled { color: @disabled; background: @window; }
QPushButton[primary="true"] { background: @accent; color: @onAccent; border-color: @accent; font-weight: 600; }
QPushButton[primary="true"]:hover { background: @accentHover; }
QPushButton[primary="true"]:focus { border: 2px solid @text; padding: 5px 13px; }
QPushButton[primary="true"]:disabled { background: @border; color: @disabled; border-color: @border; }
QPushButton[flat="true"] { background: transparent; border: 1px solid transparent; }
QPushButton[flat="true"]:focus { border-color: @accent; }

QProgressBar { background: @border; border: none; border-radius: 4px; min-height: 8px; max-height: 8px; }
QProgressBar::chunk { background: @accent; border-radius: 4px; }

QSlider::groove:horizontal { height: 4px; border-radius: 2px; background: @border; }
QSlider::sub-page:horizontal { height: 4px; border-radius: 2px; background: @accent; }
QSlider::handle:horizontal { width: 16px; height: 16px; margin: -6px 0; border-radius: 8px; background: @accent;
                             border: 2px solid @card; }
QSlider::handle:horizontal:focus { border-color: @text; }
QSlider:disabled::sub-page:horizontal, QSlider::handle:horizontal:disabled { background: @disabled; }

QTableView, QListView, QTreeView { background: @card; border: 1px solid @border; border-radius: 6px;
                                   selection-background-color: @accentSoft; selection-color: @text; }
QTableView::item, QListView::item { padding: 2px 6px; }
QTableView:focus, QListView:focus, QTreeView:focus { border-color: @accent; }
QHeaderView { background: @card; border: none; }
QHeaderView::section { background: @card; color: @muted; border: none; border-bottom: 1px solid @border;
                       padding: 6px 8px; }
QTableCornerButton::section { background: @card; border: none; }

QListWidget#sidebar { background: @card; border: none; border-right: 1px solid @border; border-radius: 0;
                      padding: 8px; outline: 0; }
QListWidget#sidebar::item { border-radius: 6px; padding: 10px 12px; margin: 2px 0; color: @text; }
QListWidget#sidebar::item:hover { background: @window; }
QListWidget#sidebar::item:selected { background: @accentSoft; color: @text; }

QScrollArea { background: transparent; border: none; }
QScrollArea > QWidget > QWidget { background: transparent; }
QStatusBar { border-top: 1px solid @border; color: @muted; }
QStatusBar::item { border: none; }
QToolTip { background: @card; color: @text; border: 1px solid @border; padding: 4px; }
)");
    const std::pair<const char*, QColor> values[] = {
        // The longer names first: "@accent" is the beginning of two others.
        {"@accentSoft", colours.accentSoft},
        {"@accentHover", colours.accent.lighter(112)},
        {"@onAccent", colours.onAccent},
        {"@accent", colours.accent},
        {"@border", colours.border},
        {"@window", colours.window},
        {"@card", colours.card},
        {"@text", colours.text},
        {"@muted", colours.muted},
        {"@warning", colours.warning},
        {"@bad", colours.bad},
        {"@disabled", colours.disabled},
    };
    for (const auto& [name, colour] : values) {
        sheet.replace(QLatin1String(name), colour.name());
    }
    return sheet;
}

} // namespace thaw::ui

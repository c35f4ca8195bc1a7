#include "ui/theme_style.h"

namespace thaw::ui {

QString styleSheetFor(const ThemeColours& colours)
{
    QString sheet = QStringLiteral(R"(
QFrame[card="true"] { background: @card; border: 1px solid @border; border-radius: 8px; }
QLabel[role="muted"] { color: @muted; }
QLabel[role="muted"]:disabled { color: @disabled; }
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
QPushButton[link="true"] { color: @accent; text-align: left; padding: 3px 6px; }
QPushButton[link="true"]:disabled { color: @disabled; background: transparent; }

QToolButton[fold="true"] { background: transparent; color: @text; border: 1px solid transparent; border-radius: 6px;
                           padding: 3px 6px; }
QToolButton[fold="true"]:hover { background: @accentSoft; }
QToolButton[fold="true"]:focus { border-color: @accent; }

QProgressBar { background: @border; border: none; border-radius: 4px; min-height: 8px; max-height: 8px; }
QProgressBar::chunk { background: @accent; border-radius: 4px; }

QCheckBox::indicator, QTableView::indicator { width: 14px; height: 14px; border: 1px solid @control; border-radius: 3px;
                                              background: @card; }
QCheckBox::indicator:hover, QTableView::indicator:hover { border-color: @accent; }
QCheckBox::indicator:checked, QTableView::indicator:checked { background: @accent; border-color: @accent;
                                                              image: url(:/icons/@tick); }
QCheckBox::indicator:disabled { border-color: @border; background: @window; }
QCheckBox::indicator:checked:disabled { background: @disabled; }

QSlider::groove:horizontal { height: 4px; border-radius: 2px; background: @border; }
QSlider::sub-page:horizontal { height: 4px; border-radius: 2px; background: @accent; }
QSlider::handle:horizontal { width: 12px; height: 12px; margin: -6px 0; border-radius: 8px; background: @accent;
                             border: 2px solid @card; }
QSlider::handle:horizontal:focus { border-color: @text; }
QSlider::sub-page:horizontal:disabled, QSlider::handle:horizontal:disabled { background: @disabled; }

QTableView, QListView, QTreeView { background: @card; border: 1px solid @border; border-radius: 6px;
                                   selection-background-color: @accentSoft; selection-color: @text; }
QTableView:focus, QListView:focus, QTreeView:focus { border-color: @accent; }
QHeaderView { background: @card; border: none; }
QHeaderView::section { background: @card; color: @muted; border: none; border-bottom: 1px solid @border;
                       padding: 6px 9px; }
QTableCornerButton::section { background: @card; border: none; }

QListWidget#sidebar { background: @card; border: none; border-right: 1px solid @border; border-radius: 0;
                      padding: 8px; outline: 0; }
QListWidget#sidebar::item { border-radius: 6px; padding: 10px 12px; margin: 2px 0; color: @text; }
QListWidget#sidebar::item:hover { background: @window; }
QListWidget#sidebar::item:selected { background: @accentSoft; color: @text; }

QScrollBar:vertical { background: transparent; width: 12px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 12px; margin: 0; }
QScrollBar::handle { background: @scroll; border-radius: 4px; margin: 2px; }
QScrollBar::handle:vertical { min-height: 32px; }
QScrollBar::handle:horizontal { min-width: 32px; }
QScrollBar::handle:hover { background: @muted; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QComboBox, QAbstractSpinBox, QLineEdit { background: @card; color: @text; border: 1px solid @control; border-radius: 6px;
                                         padding: 3px 4px 3px 8px; min-height: 20px;
                                         selection-background-color: @accent; selection-color: @onAccent; }
QComboBox:focus, QAbstractSpinBox:focus, QLineEdit:focus { border-color: @accent; }
QAbstractSpinBox[refused="true"] { border-color: @bad; }
QComboBox:disabled, QAbstractSpinBox:disabled, QLineEdit:disabled { background: @window; color: @disabled; }
QComboBox::drop-down { border: none; width: 24px; }
QComboBox::down-arrow { image: url(:/icons/arrow-down.svg); width: 12px; height: 12px; }
QComboBox QAbstractItemView { background: @card; border: 1px solid @border; padding: 4px;
                              selection-background-color: @accentSoft; selection-color: @text; }
QAbstractSpinBox::up-button { subcontrol-origin: border; subcontrol-position: top right; width: 20px; border: none; }
QAbstractSpinBox::down-button { subcontrol-origin: border; subcontrol-position: bottom right; width: 20px;
                                border: none; }
QAbstractSpinBox::up-arrow { image: url(:/icons/arrow-up.svg); width: 10px; height: 10px; }
QAbstractSpinBox::down-arrow { image: url(:/icons/arrow-down.svg); width: 10px; height: 10px; }
QAbstractSpinBox QLineEdit, QComboBox QLineEdit { border: none; padding: 0; min-height: 0; background: transparent; }

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
        {"@control", colours.control},
        {"@scroll", colours.disabled},
        {"@disabled", colours.disabled},
    };
    // Style sheets cannot tint a picture.
    sheet.replace("@tick", colours.onAccent == Qt::white ? "tick-white.svg" : "tick-dark.svg");
    for (const auto& [name, colour] : values) {
        sheet.replace(QLatin1String(name), colour.name());
    }
    return sheet;
}

} // namespace thaw::ui

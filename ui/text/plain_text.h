#pragma once

#include <QString>

#include <string_view>

namespace thaw::ui {

/// What the window shows of names, paths, messages and values from files, which anybody may have written,
/// passes through here: text that can mean nothing but its characters. Besides, every label and tooltip of
/// the program is plain text unless our code asks for rich text by name (see plain_text.cpp), for by itself
/// Qt takes whatever looks like HTML for it, and opens the files that it names.
///
/// What cannot be seen is written out as core's printable() does it, a byte that is no UTF-8 (see
/// path_text.h) as \xe9. What is too long loses its middle.

/// One line: a name, a path, a cell of a table. At most about 200 characters.
QString plainLine(const QString& text);
QString plainLine(std::string_view bytes);
/// Several lines, whose breaks and tabs are kept: a message. At most 40, of about 400 characters each.
QString plainLines(const QString& text);
QString plainLines(std::string_view bytes);
/// For setToolTip() and Qt::ToolTipRole: lines, broken where they are long, that Qt does not take for HTML.
QString plainToolTip(const QString& text);
/// One line for a place where '&' marks a key: menus, buttons, tabs.
QString plainCaption(const QString& text);
/// One line as a part of rich text of ours.
QString plainHtml(const QString& text);

} // namespace thaw::ui

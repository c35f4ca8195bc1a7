#pragma once

#include <string>
#include <string_view>

namespace thaw {

/// Text from outside (names of files and classes, messages of libraries, what was typed), fit to be shown on
/// one line of a terminal, in a table or in a CSV file: what could break the line, speak to the terminal,
/// turn the order of reading or be there without being seen is written out. Control characters below U+0080
/// and bytes that are not UTF-8 become \x1b, others \u202e: C1 controls, bidirectional controls, line and
/// paragraph separators, characters without width. All else stays, so that what was made printable stays as
/// it is when it is made so again.
std::string printable(std::string_view text);

/// The same for whole texts of ours, JSON too: line feeds stay, and all that is written out is so in JSON's
/// own way (\u001b), so that JSON stays the same JSON.
std::string printableLines(std::string_view text);

} // namespace thaw

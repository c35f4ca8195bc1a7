#pragma once

#include "core/base/natural_order.h"
#include "core/base/printable.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace thaw::cli {

/// "2,359,808".
std::string grouped(std::int64_t number);
/// 0.9755 as "97.55 %"; "–" when not a number. For shares of a known number of pictures there is
/// accuracyText().
std::string percent(double share);
/// Four decimals, or three digits and an exponent of a number that these do not suit (1e+308, 2.98e-08); "–"
/// when not a number or infinite.
std::string decimal(double number);
/// "2:34", "1:02:03".
std::string duration(double seconds);
/// "1 picture", "2,000 pictures".
std::string counted(std::int64_t number, const std::string& singular, const std::string& plural);
/// "a, b, c".
std::string joined(const std::vector<std::string>& words, const std::string& separator = ", ");

/// The name of a class or a file on one line: printable(), in quotes where blanks at its ends would not be
/// seen.
std::string shownName(std::string_view name);
/// "2, 10, 'cat '": classes in natural order.
std::string shownClasses(const std::vector<std::string>& classes);

/// As one word for a POSIX shell, quoted only where needed.
std::string shellWord(const std::filesystem::path& path);

/// Characters, counting a UTF-8 sequence as one.
std::size_t displayWidth(std::string_view text);
/// At most `columns` characters, the last one "…" if something was cut.
std::string shortened(std::string_view text, std::size_t columns);

enum class Align { Left, Right };

/// Columns of text, two spaces apart.
class Table
{
public:
    struct Column
    {
        std::string title;
        Align align = Align::Left;
    };

    explicit Table(std::vector<Column> columns);
    void addRow(std::vector<std::string> cells); ///< one a column
    std::string text() const; ///< titles (if there are any) and rows, a line each, without trailing spaces

private:
    std::vector<Column> m_columns;
    std::vector<std::vector<std::string>> m_rows;
};

} // namespace thaw::cli

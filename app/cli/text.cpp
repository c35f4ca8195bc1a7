#include "app/cli/text.h"

#include "core/base/number_text.h"
#include "core/base/percent_text.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace thaw::cli {

namespace {

bool continuesCharacter(char byte)
{
    return (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
}

std::string formatted(const char* format, double number)
{
    char buffer[64];
    std::snprintf(buffer, sizeof buffer, format, number);
    return buffer;
}

} // namespace

std::string grouped(std::int64_t number)
{
    std::string digits = std::to_string(number);
    const std::size_t first = number < 0 ? 1 : 0;
    for (std::size_t at = digits.size(); at > first + 3; at -= 3) {
        digits.insert(at - 3, ",");
    }
    return digits;
}

std::string percent(double share)
{
    return accuracyText(share, 0);
}

std::string decimal(double number)
{
    if (!std::isfinite(number)) {
        return "–";
    }
    // Four decimals of a number beyond these would be zeros, or digits that it does not have.
    const double size = std::abs(number);
    const bool isPlain = size == 0 || (size >= 0.0001 && size < 1e9);
    return formatted(isPlain ? "%.4f" : "%.3g", number);
}

std::string duration(double seconds)
{
    if (!std::isfinite(seconds) || seconds < 0 || seconds > 1e9) {
        return "–";
    }
    const auto whole = std::llround(seconds);
    char buffer[64];
    if (whole >= 3600) {
        std::snprintf(buffer, sizeof buffer, "%lld:%02lld:%02lld", whole / 3600, whole / 60 % 60, whole % 60);
    } else {
        std::snprintf(buffer, sizeof buffer, "%lld:%02lld", whole / 60, whole % 60);
    }
    return buffer;
}

std::string counted(std::int64_t number, const std::string& singular, const std::string& plural)
{
    return grouped(number) + " " + (number == 1 ? singular : plural);
}

std::string joined(const std::vector<std::string>& words, const std::string& separator)
{
    std::string text;
    for (const std::string& word : words) {
        text += (text.empty() ? "" : separator) + word;
    }
    return text;
}

std::string shownName(std::string_view name)
{
    const bool hasBlanks = name.empty() || name.front() == ' ' || name.back() == ' ';
    return hasBlanks ? "'" + printable(name) + "'" : printable(name);
}

std::string shownClasses(const std::vector<std::string>& classes)
{
    std::vector<std::string> names;
    for (const std::size_t label : naturalOrder(classes)) {
        names.push_back(shownName(classes[label]));
    }
    return joined(names);
}

std::string shellWord(const std::filesystem::path& path)
{
    std::string text = path.string();
    const bool plain = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return std::isalnum(byte) || byte >= 0x80 ||
               std::string_view("/._-+:@%,=").find(c) != std::string_view::npos;
    });
    if (plain) {
        return text;
    }
    std::string quoted = "'";
    for (const char c : text) {
        quoted += c == '\'' ? "'\\''" : std::string(1, c);
    }
    return quoted + "'";
}

std::size_t displayWidth(std::string_view text)
{
    return text.size() -
           static_cast<std::size_t>(std::count_if(text.begin(), text.end(), continuesCharacter));
}

std::string shortened(std::string_view text, std::size_t columns)
{
    if (displayWidth(text) <= columns) {
        return std::string(text);
    }
    if (columns == 0) {
        return {};
    }
    std::size_t end = 0;
    for (std::size_t characters = 0; characters + 1 < columns; ++characters) {
        do {
            ++end;
        } while (end < text.size() && continuesCharacter(text[end]));
    }
    return std::string(text.substr(0, end)) + "…";
}

Table::Table(std::vector<Column> columns) : m_columns(std::move(columns)) {}

void Table::addRow(std::vector<std::string> cells)
{
    cells.resize(m_columns.size());
    m_rows.push_back(std::move(cells));
}

std::string Table::text() const
{
    std::vector<std::vector<std::string>> lines;
    std::vector<std::string> titles;
    bool hasTitles = false;
    for (const Column& column : m_columns) {
        titles.push_back(column.title);
        hasTitles = hasTitles || !column.title.empty();
    }
    if (hasTitles) {
        lines.push_back(std::move(titles));
    }
    lines.insert(lines.end(), m_rows.begin(), m_rows.end());

    std::vector<std::size_t> widths(m_columns.size(), 0);
    for (const auto& line : lines) {
        for (std::size_t i = 0; i < line.size(); ++i) {
            widths[i] = std::max(widths[i], displayWidth(line[i]));
        }
    }
    std::string text;
    for (const auto& line : lines) {
        std::string row;
        for (std::size_t i = 0; i < line.size(); ++i) {
            const std::string padding(widths[i] - displayWidth(line[i]), ' ');
            row += i == 0 ? "" : "  ";
            row += m_columns[i].align == Align::Right ? padding + line[i] : line[i] + padding;
        }
        row.erase(row.find_last_not_of(' ') + 1);
        text += row + "\n";
    }
    return text;
}

} // namespace thaw::cli

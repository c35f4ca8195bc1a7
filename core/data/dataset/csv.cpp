#include "core/data/dataset/csv.h"

#include "core/base/error.h"
#include "core/base/printable.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace thaw {

namespace {

constexpr std::string_view byteOrderMark = "\xEF\xBB\xBF";

/// Whether a spreadsheet would compute it.
bool isFormula(std::string_view text)
{
    if (text.empty() || std::string_view("=+-@").find(text.front()) == std::string_view::npos) {
        return false;
    }
    const std::string_view digits = text.substr(text.front() == '+' ? 1 : 0);
    double number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return error != std::errc() || end != digits.data() + digits.size();
}

class Parser
{
public:
    Parser(std::string_view text, const std::filesystem::path& path, const CsvLimits& limits, char separator)
        : m_text(text), m_path(path), m_limits(limits), m_separator(separator)
    {
    }

    std::vector<CsvRow> rows()
    {
        std::vector<CsvRow> result;
        while (m_at < m_text.size()) {
            CsvRow row = readRow();
            if (row.fields.size() > 1 || !row.fields.front().empty()) {
                if (result.size() == m_limits.rows) {
                    fail("it has more than " + std::to_string(m_limits.rows) + " rows: line " +
                         std::to_string(row.line) + " is beyond them");
                }
                result.push_back(std::move(row));
            }
        }
        return result;
    }

private:
    [[noreturn]] void fail(const std::string& detail) const
    {
        throw Error(ErrorCode::DatasetInvalid, m_path, detail, "check that it is a list of pictures");
    }

    CsvRow readRow()
    {
        CsvRow row{m_line, {}};
        std::string field;
        while (m_at < m_text.size()) {
            const char c = m_text[m_at++];
            if (c == '"') {
                readQuoted(field);
            } else if (c == m_separator) {
                addField(row, std::exchange(field, {}));
            } else if (c == '\n' || c == '\r') {
                skipPairedLineFeed(c);
                ++m_line;
                break;
            } else {
                field += c;
            }
        }
        addField(row, std::move(field));
        row.fields.shrink_to_fit(); // half of it may be spare
        return row;
    }

    void addField(CsvRow& row, std::string field) const
    {
        if (row.fields.size() == m_limits.fieldsInRow) {
            fail("line " + std::to_string(row.line) + " has more than " +
                 std::to_string(m_limits.fieldsInRow) + " fields");
        }
        row.fields.push_back(std::move(field));
    }

    void readQuoted(std::string& field)
    {
        const std::size_t opened = m_line;
        while (m_at < m_text.size()) {
            const char c = m_text[m_at++];
            if (c != '"') {
                m_line += c == '\n';
                field += c;
            } else if (m_at < m_text.size() && m_text[m_at] == '"') {
                field += '"';
                ++m_at;
            } else {
                return;
            }
        }
        throw Error(ErrorCode::DatasetInvalid, m_path,
                    "the quote opened on line " + std::to_string(opened) + " is never closed",
                    "close it, or double it if it is part of a name");
    }

    void skipPairedLineFeed(char c)
    {
        if (c == '\r' && m_at < m_text.size() && m_text[m_at] == '\n') {
            ++m_at;
        }
    }

    std::string_view m_text;
    const std::filesystem::path& m_path;
    const CsvLimits& m_limits;
    char m_separator;
    std::size_t m_at = 0;
    std::size_t m_line = 1;
};

} // namespace

std::vector<CsvRow> parseCsv(std::string_view text, const std::filesystem::path& path,
                             const CsvLimits& limits, char separator)
{
    if (text.find('\0') != std::string_view::npos) {
        throw Error(ErrorCode::DatasetInvalid, path, "is not a text file: it holds NUL bytes",
                    "save it as CSV in UTF-8");
    }
    if (text.starts_with(byteOrderMark)) {
        text.remove_prefix(byteOrderMark.size());
    }
    return Parser(text, path, limits, separator).rows();
}

std::string csvField(std::string_view value)
{
    // Other readers than ours strip it.
    const auto isBlank = [](char c) { return c == ' ' || c == '\t'; };
    const bool padded = !value.empty() && (isBlank(value.front()) || isBlank(value.back()));
    // At the beginning of a file it would be taken for the file's own.
    const bool marked = value.starts_with(byteOrderMark);
    if (!padded && !marked && value.find_first_of(",\"\r\n") == std::string_view::npos) {
        return std::string(value);
    }
    std::string field = "\"";
    for (char c : value) {
        field += c;
        if (c == '"') {
            field += '"';
        }
    }
    return field + '"';
}

std::string csvName(std::string_view name)
{
    return csvField((isFormula(name) ? "'" : "") + printable(name));
}

std::string csvPath(std::string_view path)
{
    return csvField((isFormula(path) ? "./" : "") + printable(path));
}

} // namespace thaw

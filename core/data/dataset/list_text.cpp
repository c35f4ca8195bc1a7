#include "core/data/dataset/list_text.h"

#include "core/base/error.h"

#include <algorithm>
#include <utility>

namespace thaw {

namespace {

constexpr std::string_view blanks = " \t";
constexpr std::string_view orderMark = "\xEF\xBB\xBF";

/// The separator that a list is written with, and what of its text is the list.
struct ListForm
{
    char separator = ',';
    std::string text;
};

/// Spreadsheets write semicolons where the comma separates decimals, and may say so in a line of their own.
ListForm formOf(std::string text, bool mayBeBlanks)
{
    const std::size_t start = text.starts_with(orderMark) ? orderMark.size() : 0;
    const std::size_t end = std::min(text.find_first_of("\r\n", start), text.size());
    const std::string_view first = std::string_view(text).substr(start, end - start);
    constexpr std::string_view saying = "sep=";
    if (first.size() == saying.size() + 1 && first.starts_with(saying)) {
        const char separator = first.back();
        text.erase(start, first.size()); // blank, so that lines keep their numbers
        return {separator, std::move(text)};
    }
    char most = ',';
    for (const char separator : {';', '\t', '|'}) {
        if (std::ranges::count(first, separator) > std::ranges::count(first, most)) {
            most = separator;
        }
    }
    const bool hasNone = std::ranges::count(first, most) == 0;
    return {hasNone && mayBeBlanks ? ' ' : most, std::move(text)};
}

/// "images/a b.jpg 0": paths may hold blanks, labels may not.
std::vector<CsvRow> rowsOfLines(std::string_view text, const std::filesystem::path& file)
{
    text.remove_prefix(text.starts_with(orderMark) ? orderMark.size() : 0);
    std::vector<CsvRow> rows;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        line.remove_suffix(line.ends_with('\r') ? 1 : 0);
        const std::string whole = withoutBlanks(line);
        if (whole.empty()) {
            continue;
        }
        if (rows.size() == CsvLimits{}.rows) {
            throw Error(ErrorCode::DatasetInvalid, file,
                        "it has more than " + std::to_string(rows.size()) + " lines",
                        "check that it is a list of pictures");
        }
        const std::size_t last = whole.find_last_of(blanks);
        rows.push_back({number, {withoutBlanks(std::string_view(whole).substr(0, last))}});
        if (last != std::string::npos) {
            rows.back().fields.push_back(whole.substr(last + 1));
        }
    }
    return rows;
}

std::string nameOfSeparator(char separator)
{
    switch (separator) {
    case ',':
        return {};
    case '\t':
        return "tabs";
    case ' ':
        return "blanks";
    default:
        return std::string("'") + separator + "'";
    }
}

} // namespace

ListText listTextOf(std::string text, const std::filesystem::path& file)
{
    const std::string ending = file.extension().string();
    const bool isCsv = ending == ".csv" || ending == ".CSV";
    const ListForm form = formOf(std::move(text), !isCsv);
    const bool hasBlanks = form.separator == ' ' && !isCsv && form.text.find('\0') == std::string::npos;
    return {hasBlanks ? rowsOfLines(form.text, file) : parseCsv(form.text, file, {}, form.separator),
            nameOfSeparator(form.separator)};
}

std::string withoutBlanks(std::string_view text)
{
    const std::size_t first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) {
        return {};
    }
    return std::string(text.substr(first, text.find_last_not_of(blanks) - first + 1));
}

std::optional<bool> flagOf(std::string_view field)
{
    const std::string text = withoutBlanks(field);
    if (text == "1" || text == "1.0") {
        return true;
    }
    return text == "0" || text == "0.0" ? std::optional(false) : std::nullopt;
}

} // namespace thaw

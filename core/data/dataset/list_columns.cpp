#include "core/data/dataset/list_columns.h"

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/printable.h"
#include "core/data/dataset/list_text.h"
#include "core/data/dataset/split.h"
#include "core/data/image/image_io.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

namespace thaw {

namespace {

using namespace std::string_view_literals;

constexpr std::size_t looked = 100; ///< rows that tell what a column without a known name is

constexpr std::array pathNames{"path"sv,     "file"sv,       "filename"sv,  "file_name"sv,
                               "filepath"sv, "filepaths"sv,  "file_path"sv, "image_path"sv,
                               "img_path"sv, "image_name"sv, "image"sv,     "img"sv,
                               "picture"sv,  "image_id"sv,   "img_id"sv,    "id"sv};
constexpr std::array labelNames{"label"sv,     "labels"sv,     "class"sv,    "class_name"sv,
                                "classname"sv, "target"sv,     "category"sv, "breed"sv,
                                "species"sv,   "label_name"sv, "variety"sv};
constexpr std::array splitNames{"split"sv,    "set"sv,     "subset"sv,    "partition"sv,
                                "data_set"sv, "dataset"sv, "data_split"sv};

/// In small letters, with '_' for what separates words.
std::string columnName(std::string_view written)
{
    std::string name = withoutBlanks(written);
    std::ranges::transform(name, name.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c == ' ' || c == '-' ? '_' : c;
    });
    return name;
}

std::string quotedColumns(const std::vector<std::string>& names)
{
    constexpr std::size_t shown = 5;
    std::string text;
    for (std::size_t i = 0; i < std::min(names.size(), shown); ++i) {
        text += (i > 0 ? ", '" : "'") + printable(names[i]) + "'";
    }
    return names.size() > shown ? text + " …" : text;
}

/// Tells the columns of a list by its first rows.
class ColumnFinder
{
public:
    ColumnFinder(const std::vector<CsvRow>& rows, const std::function<bool(const std::string&)>& isPicture)
        : m_first(rows.front().fields), m_rows(std::span(rows).subspan(1)), m_isPicture(isPicture)
    {
    }

    std::optional<ListColumns> find() const
    {
        const auto path = named(pathNames);
        const auto label = named(labelNames);
        if (path && label) {
            return ListColumns{m_first.size(), *path, *label, named(splitNames), {}, true};
        }
        if (!path) {
            for (std::size_t i = 0; i < m_first.size(); ++i) {
                if (hasImageExtension(m_first[i]) || m_isPicture(m_first[i])) {
                    return withoutHeader(i);
                }
            }
        }
        const auto found = path ? path : ofPictures();
        return found ? withUnnamed(*found, label) : std::nullopt;
    }

private:
    template <std::size_t N>
    std::optional<std::size_t> named(const std::array<std::string_view, N>& names) const
    {
        for (const std::string_view name : names) {
            for (std::size_t i = 0; i < m_first.size(); ++i) {
                if (columnName(m_first[i]) == name) {
                    return i;
                }
            }
        }
        return std::nullopt;
    }

    /// The column whose field in the first row is a picture's.
    std::optional<std::size_t> ofPictures() const
    {
        if (m_rows.empty()) {
            return std::nullopt;
        }
        const std::vector<std::string>& fields = m_rows.front().fields;
        const auto found = std::ranges::find_if(fields, m_isPicture);
        return found == fields.end() ? std::nullopt : std::optional<std::size_t>(found - fields.begin());
    }

    /// A column without a known name is the label's where it is alone; several of 0 and 1 are a class each.
    std::optional<ListColumns> withUnnamed(std::size_t path, std::optional<std::size_t> label) const
    {
        ListColumns columns{m_first.size(), path, 0, named(splitNames), {}, true};
        std::vector<std::size_t> others;
        for (std::size_t i = 0; i < m_first.size(); ++i) {
            if (i != path && columns.split != i) {
                others.push_back(i);
            }
        }
        if (label || others.size() == 1) {
            columns.label = label.value_or(others.empty() ? 0 : others.front());
            return columns;
        }
        const bool areFlags = others.size() > 1 && !m_rows.empty() &&
                              std::ranges::all_of(m_rows.first(std::min(looked, m_rows.size())),
                                                  [&](const CsvRow& row) { return hasFlags(row, others); });
        if (!areFlags) {
            return std::nullopt;
        }
        for (const std::size_t i : others) {
            columns.classes.emplace_back(i, withoutBlanks(m_first[i]));
        }
        return columns;
    }

    bool hasFlags(const CsvRow& row, const std::vector<std::size_t>& columns) const
    {
        return row.fields.size() != m_first.size() ||
               std::ranges::all_of(columns, [&](std::size_t i) { return flagOf(row.fields[i]).has_value(); });
    }

    std::optional<ListColumns> withoutHeader(std::size_t path) const
    {
        ListColumns columns{m_first.size(), path, 0, std::nullopt, {}, false};
        std::vector<std::size_t> others;
        for (std::size_t i = 0; i < m_first.size(); ++i) {
            if (i != path) {
                others.push_back(i);
            }
        }
        if (others.size() == 2) {
            const auto split = std::ranges::find_if(others, [&](std::size_t i) { return isSplits(i); });
            if (split != others.end()) {
                columns.split = *split;
                others.erase(split);
            }
        }
        if (others.size() != 1) {
            return std::nullopt;
        }
        columns.label = others.front();
        return columns;
    }

    bool isSplits(std::size_t column) const
    {
        const auto isSplit = [&](const std::vector<std::string>& fields) {
            return fields.size() != m_first.size() || splitFromName(withoutBlanks(fields[column]));
        };
        return isSplit(m_first) &&
               std::ranges::all_of(m_rows.first(std::min(looked, m_rows.size())),
                                   [&](const CsvRow& row) { return isSplit(row.fields); });
    }

    const std::vector<std::string>& m_first;
    std::span<const CsvRow> m_rows;
    const std::function<bool(const std::string&)>& m_isPicture;
};

/// What the reader of a list not written as Thaw's own has to know. Empty for those.
std::string tellColumns(const ListColumns& columns, const std::vector<std::string>& first,
                        const std::string& separator)
{
    const auto nameOf = [&](std::size_t i) {
        return columns.hasHeader ? "'" + printable(withoutBlanks(first[i])) + "'" : std::to_string(i + 1);
    };
    const auto isOwn = [&](std::size_t i, std::string_view name) { return columnName(first[i]) == name; };
    if (columns.hasHeader && columns.classes.empty() && separator.empty() && isOwn(columns.path, "path") &&
        isOwn(columns.label, "label") && (!columns.split || isOwn(*columns.split, "split")))
    {
        return {};
    }
    std::string text = columns.hasHeader ? "" : "the first line is no header; ";
    text += "column " + nameOf(columns.path) + " was taken for the path";
    if (columns.classes.empty()) {
        text += ", " + nameOf(columns.label) + " for the label";
    } else {
        std::vector<std::string> names;
        for (const auto& [column, name] : columns.classes) {
            names.push_back(name);
        }
        text +=
            ", " + std::to_string(names.size()) + " columns for a class each (" + quotedColumns(names) + ")";
    }
    text += columns.split ? ", " + nameOf(*columns.split) + " for the split" : "; none gives a split";
    return text + (separator.empty() ? "" : "; fields are separated by " + separator);
}

} // namespace

PictureList readPictureList(const std::filesystem::path& file,
                            const std::function<bool(const std::string&)>& isPicture)
{
    const char* advice = "begin the file with the line path,label,split";
    ListText text = listTextOf(readTextFile(file, maxCsvSize), file);
    if (text.rows.empty()) {
        throw Error(ErrorCode::DatasetInvalid, file, "the file is empty", advice);
    }
    const std::vector<std::string> first = text.rows.front().fields;
    const std::optional<ListColumns> columns = ColumnFinder(text.rows, isPicture).find();
    if (!columns) {
        throw Error(ErrorCode::DatasetInvalid, file,
                    "its first line does not name the columns path and label, but " + quotedColumns(first),
                    advice);
    }
    PictureList list{*columns, std::move(text.rows), tellColumns(*columns, first, text.separatorName)};
    if (columns->hasHeader) {
        list.rows.erase(list.rows.begin());
    }
    return list;
}

} // namespace thaw

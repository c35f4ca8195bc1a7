#pragma once

#include "core/data/dataset/csv.h"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace thaw {

// The text of a list of pictures, cut into fields. Internal to core/data.

struct ListText
{
    std::vector<CsvRow> rows;
    std::string separatorName; ///< "';'", "tabs"; empty for the comma
};

/// Cuts at the one of ',', ';', tab and '|' that the first line has most of, or that it names ("sep=;"); in
/// files that are not called CSV and have none of these, at the last blanks of each line.
/// @throws as parseCsv()
ListText listTextOf(std::string text, const std::filesystem::path& file);

/// Without spaces and tabs at its ends.
std::string withoutBlanks(std::string_view text);

/// "1", "0", "1.0", "0.0": whether a picture is of the class of a column. Else nothing.
std::optional<bool> flagOf(std::string_view field);

} // namespace thaw

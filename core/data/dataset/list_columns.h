#pragma once

#include "core/data/dataset/csv.h"

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace thaw {

// How lists of pictures are written, by Thaw and by other tools. Internal to core/data.

/// Which field of a row is which.
struct ListColumns
{
    std::size_t count = 0; ///< of fields
    std::size_t path = 0;
    std::size_t label = 0; ///< of no meaning where `classes` are given
    std::optional<std::size_t> split;
    /// Of a list with a column for each class, of which one is 1 and the others are 0: these, and their
    /// names.
    std::vector<std::pair<std::size_t, std::string>> classes;
    bool hasHeader = true;
};

struct PictureList
{
    ListColumns columns;
    std::vector<CsvRow> rows; ///< without the header
    std::string told;         ///< how the list was read, for the user; empty for a list in Thaw's own form
};

/// Reads a list: its fields separated by commas, semicolons, tabs or '|' (in text files by the last blanks of
/// a line), its columns named by the usual words, or without a header where the first line names a picture.
/// @param isPicture whether a field names a picture that is there
/// @throws Error DatasetInvalid where it does not tell the columns of path and label; as readTextFile() and
/// parseCsv()
PictureList readPictureList(const std::filesystem::path& file,
                            const std::function<bool(const std::string&)>& isPicture);

} // namespace thaw

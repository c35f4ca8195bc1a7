#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace thaw {

/// One record of a CSV file.
struct CsvRow
{
    std::size_t line = 0; ///< 1-based line on which it starts
    std::vector<std::string> fields;

    bool operator==(const CsvRow&) const = default;
};

/// Largest CSV file read: a list of 100,000 pictures has some 10 MB.
inline constexpr std::size_t maxCsvSize = std::size_t(64) << 20;

/// What a list of pictures never comes near. A comma makes a field of 32 bytes, and a line a row of as many.
struct CsvLimits
{
    std::size_t fieldsInRow = 1'000;
    std::size_t rows = 5'000'000; ///< without blank lines
};

/// RFC 4180: comma, double quotes, doubled quotes inside them, line breaks inside them. Also taken: a UTF-8
/// byte order mark, bare LF or CR line ends, blank lines (skipped), text around a quoted part. Memory is
/// bounded: 32 bytes for each byte of the text and 150 for each row.
/// @param separator between fields, for lists of spreadsheets and other tools
/// @throws Error DatasetInvalid (a quote that is never closed; NUL bytes: not a text file; beyond the limits)
std::vector<CsvRow> parseCsv(std::string_view text, const std::filesystem::path& path,
                             const CsvLimits& limits = {}, char separator = ',');

/// `value` as one CSV field, quoted when it must be; it reads back byte for byte.
std::string csvField(std::string_view value);

/// A name or a message from outside as a field of a file for people and their spreadsheets: printable(), and
/// with an apostrophe before what a spreadsheet would take for a formula (= + - @ at the start of what is no
/// number).
std::string csvName(std::string_view name);
/// The same for a path: "./" goes before it, so that it is the same path.
std::string csvPath(std::string_view path);

} // namespace thaw

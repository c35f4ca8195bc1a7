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

/// Largest CSV file read.
inline constexpr std::size_t maxCsvSize = std::size_t(256) << 20;

/// RFC 4180: comma, double quotes, doubled quotes inside them, line breaks inside them. Also taken: a UTF-8
/// byte order mark, bare LF or CR line ends, blank lines (skipped), text around a quoted part. Memory is
/// bounded by the text's size.
/// @throws Error DatasetInvalid (a quote that is never closed; NUL bytes: not a text file)
std::vector<CsvRow> parseCsv(std::string_view text, const std::filesystem::path& path);

/// `value` as one CSV field, quoted when it must be.
std::string csvField(std::string_view value);

} // namespace thaw

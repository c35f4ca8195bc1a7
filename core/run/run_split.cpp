#include "core/run/run_split.h"

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/data/dataset/csv.h"

#include <algorithm>
#include <optional>

namespace thaw {

namespace {

const std::vector<std::string> splitColumns{"path", "label", "split", "sha256", "gone"};
constexpr std::uint64_t splitFileLimit = 256 << 20;
constexpr std::size_t hashLength = 64;

[[noreturn]] void failSplit(const std::filesystem::path& file, const CsvRow& row, const std::string& problem)
{
    throw Error(ErrorCode::RunInvalid, file, "line " + std::to_string(row.line) + " " + problem);
}

SplitEntry entryOf(const CsvRow& row, const std::filesystem::path& file)
{
    if (row.fields.size() != splitColumns.size()) {
        failSplit(file, row, "should have " + std::to_string(splitColumns.size()) + " values");
    }
    const std::optional<Split> split = splitFromName(row.fields[2]);
    if (row.fields[0].empty() || !split) {
        failSplit(file, row, "names no picture, or no split");
    }
    const std::string& hash = row.fields[3];
    const bool isHash = hash.empty() || (hash.size() == hashLength &&
                                         hash.find_first_not_of("0123456789abcdef") == std::string::npos);
    const std::string& gone = row.fields[4];
    if (!isHash || (gone != "yes" && gone != "no")) {
        failSplit(file, row, "should end with a SHA-256 and yes or no");
    }
    return {row.fields[0], row.fields[1], *split, hash, gone == "yes"};
}

} // namespace

std::vector<SplitEntry> splitEntriesOf(const DatasetIndex& dataset)
{
    std::vector<SplitEntry> entries;
    entries.reserve(dataset.samples.size());
    for (const Sample& sample : dataset.samples) {
        entries.push_back({sample.path, dataset.classes[static_cast<std::size_t>(sample.label)], sample.split,
                           sample.contentHash});
    }
    return entries;
}

void writeRunSplit(const std::filesystem::path& file, const std::vector<SplitEntry>& entries)
{
    std::string text;
    for (const std::string& column : splitColumns) {
        text += (text.empty() ? "" : ",") + column;
    }
    text += "\n";
    for (const SplitEntry& entry : entries) {
        text += csvField(entry.path) + ',' + csvField(entry.label) + ',' + nameOf(entry.split) + ',' +
                entry.contentHash + (entry.isGone ? ",yes\n" : ",no\n");
    }
    writeFileAtomically(file, text);
}

std::vector<SplitEntry> readRunSplit(const std::filesystem::path& file)
{
    std::vector<CsvRow> rows;
    try {
        rows = parseCsv(readTextFile(file, splitFileLimit), file, {splitColumns.size(), 2'000'000});
    } catch (const Error& error) {
        if (error.code() == ErrorCode::FileNotFound) {
            throw;
        }
        throw Error(ErrorCode::RunInvalid, file, error.detail());
    }
    if (rows.empty() || rows.front().fields != splitColumns) {
        throw Error(ErrorCode::RunInvalid, file, "does not begin with the columns of a run's split");
    }
    std::vector<SplitEntry> entries;
    entries.reserve(rows.size() - 1);
    std::transform(rows.begin() + 1, rows.end(), std::back_inserter(entries),
                   [&file](const CsvRow& row) { return entryOf(row, file); });
    return entries;
}

} // namespace thaw

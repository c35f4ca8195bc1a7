#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/data/csv.h"
#include "core/data/dataset_listing.h"
#include "core/data/folder_walk.h"

#include <algorithm>
#include <system_error>
#include <unordered_map>

namespace thaw {

namespace {

std::string trimmed(std::string_view text)
{
    const std::size_t first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) {
        return {};
    }
    return std::string(text.substr(first, text.find_last_not_of(" \t") - first + 1));
}

/// Which field of a row is which.
struct Columns
{
    std::size_t count = 0;
    std::size_t path = 0;
    std::size_t label = 0;
    std::optional<std::size_t> split;
};

Columns readHeader(const std::vector<CsvRow>& rows, const std::filesystem::path& manifest)
{
    const char* advice = "begin the file with the line path,label,split";
    if (rows.empty()) {
        throw Error(ErrorCode::DatasetInvalid, manifest, "the file is empty", advice);
    }
    const auto& names = rows.front().fields;
    const auto find = [&](std::string_view wanted) -> std::optional<std::size_t> {
        for (std::size_t i = 0; i < names.size(); ++i) {
            std::string name = trimmed(names[i]);
            std::transform(name.begin(), name.end(), name.begin(), [](char c) {
                return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
            });
            if (name == wanted) {
                return i;
            }
        }
        return std::nullopt;
    };
    const auto path = find("path");
    const auto label = find("label");
    if (!path || !label) {
        throw Error(ErrorCode::DatasetInvalid, manifest,
                    "its first line does not name the columns path and label", advice);
    }
    return {names.size(), *path, *label, find("split")};
}

class ManifestReader
{
public:
    ManifestReader(const std::filesystem::path& manifest, bool absoluteAllowed, DatasetListing& listing)
        : m_manifestName(manifest.filename().string()), m_absoluteAllowed(absoluteAllowed), m_listing(listing)
    {
    }

    void add(const CsvRow& row, const Columns& columns)
    {
        const std::string written = row.fields.size() > columns.path ? row.fields[columns.path] : "";
        const std::string path = std::filesystem::path(written).lexically_normal().generic_string();
        // A file named in a row that cannot be used has its finding; it is not an unlisted one too.
        const auto [entry, isNew] = m_lines.emplace(path, row.line);
        if (row.fields.size() != columns.count) {
            return report(m_manifestName, ProblemCode::BadRow, row,
                          "has " + std::to_string(row.fields.size()) + " fields instead of " +
                              std::to_string(columns.count));
        }
        const std::string label = trimmed(row.fields[columns.label]);
        const std::string splitName = columns.split ? trimmed(row.fields[*columns.split]) : std::string();
        const auto split = splitFromName(splitName);
        if (written.empty() || label.empty()) {
            return report(m_manifestName, ProblemCode::BadRow, row,
                          written.empty() ? "names no file" : "gives no label");
        }
        if (!splitName.empty() && !split) {
            return report(m_manifestName, ProblemCode::BadRow, row,
                          "has the unknown split '" + printable(splitName) +
                              "'; use train, validation or test");
        }
        if (pointsOutside(path)) {
            return report(path, ProblemCode::OutsideRoot, row,
                          "names a file outside the data set's folder; left out");
        }
        if (!isNew) {
            return report(path, ProblemCode::DuplicateEntry, row,
                          "names a file again that line " + std::to_string(entry->second) +
                              " has named; the first counts");
        }
        addFile(path, label, split, row);
    }

    bool names(const std::string& path) const { return m_lines.contains(path); }

private:
    void addFile(const std::string& path, const std::string& label, std::optional<Split> split,
                 const CsvRow& row)
    {
        std::error_code error;
        const auto status = std::filesystem::symlink_status(m_listing.root / path, error);
        m_listing.labels.insert(label);
        if (!std::filesystem::exists(status)) {
            return report(path, ProblemCode::ListedMissing, row, "names a file that is not there");
        }
        if (std::filesystem::is_directory(m_listing.root / path, error)) {
            return report(path, ProblemCode::BadRow, row, "names a folder, not a file");
        }
        m_listing.candidates.push_back({path, label, split});
    }

    bool pointsOutside(const std::filesystem::path& path) const
    {
        return (path.is_absolute() && !m_absoluteAllowed) || *path.begin() == "..";
    }

    void report(const std::string& path, ProblemCode code, const CsvRow& row, const std::string& text)
    {
        const auto severity =
            code == ProblemCode::DuplicateEntry ? ProblemSeverity::Warning : ProblemSeverity::Error;
        m_listing.problems.push_back(
            {path, code, severity,
             "line " + std::to_string(row.line) + " of " + printable(m_manifestName) + " " + text});
    }

    std::string m_manifestName;
    bool m_absoluteAllowed;
    DatasetListing& m_listing;
    std::unordered_map<std::string, std::size_t> m_lines; ///< of each path named
};

} // namespace

std::optional<DatasetListing> listManifest(const std::filesystem::path& root,
                                           const std::filesystem::path& manifest, bool given,
                                           const std::stop_token& stop)
{
    DatasetListing listing;
    listing.root = root;
    listing.manifest = manifest;
    listing.layout = DatasetLayout::SplitCsv;
    const std::vector<CsvRow> rows = parseCsv(readTextFile(manifest, maxCsvSize), manifest);
    const Columns columns = readHeader(rows, manifest);
    ManifestReader reader(manifest, given, listing);
    for (auto row = rows.begin() + 1; row != rows.end(); ++row) {
        if (stop.stop_requested()) {
            return std::nullopt;
        }
        reader.add(*row, columns);
    }
    if (listing.candidates.empty()) {
        const std::string first =
            listing.problems.empty() ? "it has no rows" : listing.problems.front().message;
        throw Error(ErrorCode::DatasetInvalid, manifest, "no row can be used: " + first,
                    "the paths in it must be relative to its own folder");
    }
    // A list of files from everywhere says nothing about the folder that it happens to lie in.
    if (manifest.filename() == "split.csv") {
        FolderWalk walk(root, listing.problems, stop);
        for (const std::string& path : walk.picturesUnder("")) {
            if (!reader.names(path)) {
                listing.problems.push_back({path, ProblemCode::Unlisted, ProblemSeverity::Warning,
                                            "left out: split.csv does not name it"});
            }
        }
    }
    std::sort(listing.candidates.begin(), listing.candidates.end(),
              [](const Candidate& a, const Candidate& b) { return a.path < b.path; });
    return listing;
}

} // namespace thaw

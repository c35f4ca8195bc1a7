#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/data/csv.h"
#include "core/data/dataset_listing.h"
#include "core/data/folder_walk.h"

#include <algorithm>
#include <array>
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

/// The separator that a list is written with, and what of its text is the list.
struct ListForm
{
    char separator = ',';
    std::string text;
};

/// Spreadsheets write semicolons where the comma separates decimals, and may say so in a line of their own.
ListForm formOf(std::string text)
{
    constexpr std::string_view mark = "\xEF\xBB\xBF"; // of byte order
    const std::size_t start = text.starts_with(mark) ? mark.size() : 0;
    const std::size_t end = std::min(text.find_first_of("\r\n", start), text.size());
    const std::string_view first = std::string_view(text).substr(start, end - start);
    constexpr std::string_view saying = "sep=";
    if (first.size() == saying.size() + 1 && first.starts_with(saying)) {
        const char separator = first.back();
        text.erase(start, first.size()); // blank, so that lines keep their numbers
        return {separator, std::move(text)};
    }
    char most = ',';
    for (const char separator : {';', '\t'}) {
        if (std::ranges::count(first, separator) > std::ranges::count(first, most)) {
            most = separator;
        }
    }
    return {most, std::move(text)};
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
    static constexpr std::array paths{"path",      "file",       "filename", "file_name", "filepath",
                                      "file_path", "image_path", "image",    "img",       "image_id"};
    static constexpr std::array labels{"label", "class", "class_name", "classname", "category"};
    static constexpr std::array splits{"split", "set", "subset"};
    if (rows.empty()) {
        throw Error(ErrorCode::DatasetInvalid, manifest, "the file is empty", advice);
    }
    const auto& names = rows.front().fields;
    const auto findOne = [&](std::string_view wanted) -> std::optional<std::size_t> {
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
    // The first name of the list that is there counts.
    const auto find = [&](const auto& wanted) {
        std::optional<std::size_t> found;
        for (auto name = wanted.begin(); !found && name != wanted.end(); ++name) {
            found = findOne(*name);
        }
        return found;
    };
    const auto path = find(paths);
    const auto label = find(labels);
    if (!path || !label) {
        std::string columns;
        for (std::size_t i = 0; i < std::min<std::size_t>(names.size(), 5); ++i) {
            columns += (i > 0 ? ", '" : "'") + printable(names[i]) + "'";
        }
        throw Error(ErrorCode::DatasetInvalid, manifest,
                    "its first line does not name the columns path and label, but " + columns +
                        (names.size() > 5 ? " …" : ""),
                    advice);
    }
    return {names.size(), *path, *label, find(splits)};
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
        const std::string path =
            withEnding(std::filesystem::path(written).lexically_normal().generic_string());
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
            const auto earlier = std::ranges::find(m_listing.candidates, path, &Candidate::path);
            const bool isOther =
                m_again.empty() && earlier != m_listing.candidates.end() && earlier->label != label;
            m_again.push_back({path, row.line, entry->second, isOther});
            return;
        }
        addFile(path, label, split, row);
    }

    bool names(const std::string& path) const { return m_lines.contains(path); }

    /// Tells of files that were named twice: many in one finding.
    void reportDuplicates()
    {
        constexpr std::size_t handful = 5;
        const auto words = [](const Again& again) {
            return " names a file again that line " + std::to_string(again.first) +
                   " has named; the first counts";
        };
        if (m_again.size() <= handful) {
            for (const Again& again : m_again) {
                m_listing.problems.push_back({again.path, ProblemCode::DuplicateEntry,
                                              ProblemSeverity::Warning,
                                              "line " + std::to_string(again.line) + " of " +
                                                  printable(m_manifestName) + words(again)});
            }
            return;
        }
        const Again& first = m_again.front();
        Problem problem{m_manifestName, ProblemCode::DuplicateEntry, ProblemSeverity::Warning,
                        std::to_string(m_again.size()) + " lines name a file that was named before: '" +
                            printable(first.path) + "' in line " + std::to_string(first.line) +
                            (first.isOther ? ", with another label" : "") +
                            ", and others; the first line of each "
                            "counts"};
        for (const Again& again : m_again) {
            problem.files.push_back(again.path);
        }
        m_listing.problems.push_back(std::move(problem));
    }

private:
    /// A line that names a file which an earlier one has named.
    struct Again
    {
        std::string path;
        std::size_t line = 0;
        std::size_t first = 0;
        bool isOther = false; ///< of another class
    };

    /// Ids without an ending stand for the picture of that name.
    std::string withEnding(const std::string& path) const
    {
        std::error_code error;
        if (std::filesystem::path(path).has_extension() ||
            std::filesystem::exists(m_listing.root / path, error)) {
            return path;
        }
        for (const char* ending : {".jpg", ".jpeg", ".png", ".JPG", ".JPEG", ".PNG", ".bmp", ".webp", ".tif"})
        {
            if (std::filesystem::exists(m_listing.root / (path + ending), error)) {
                return path + ending;
            }
        }
        return path;
    }

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
        m_listing.problems.push_back(
            {path, code, ProblemSeverity::Error,
             "line " + std::to_string(row.line) + " of " + printable(m_manifestName) + " " + text});
    }

    std::string m_manifestName;
    bool m_absoluteAllowed;
    DatasetListing& m_listing;
    std::unordered_map<std::string, std::size_t> m_lines; ///< of each path named
    std::vector<Again> m_again;
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
    const ListForm form = formOf(readTextFile(manifest, maxCsvSize));
    const std::vector<CsvRow> rows = parseCsv(form.text, manifest, {}, form.separator);
    const Columns columns = readHeader(rows, manifest);
    ManifestReader reader(manifest, given, listing);
    for (auto row = rows.begin() + 1; row != rows.end(); ++row) {
        if (stop.stop_requested()) {
            return std::nullopt;
        }
        reader.add(*row, columns);
    }
    reader.reportDuplicates();
    if (listing.candidates.empty()) {
        const std::string first =
            listing.problems.empty() ? "it has no rows" : listing.problems.front().message;
        throw Error(ErrorCode::DatasetInvalid, manifest, "no row can be used: " + first,
                    "the paths in it must be relative to its own folder");
    }
    // A list of files from everywhere says nothing about the folder that it happens to lie in.
    if (manifest.filename() == "split.csv") {
        FolderWalk walk(root, listing.problems, stop);
        FoundFiles found = walk.filesUnder("");
        std::erase_if(found.unrecognised, [&](const std::string& path) { return reader.names(path); });
        found.litter -= walk.contentsOf("").pictures.empty() ? 0 : 1; // split.csv itself
        reportOthers(found, "", listing);
        for (const std::string& path : found.pictures) {
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

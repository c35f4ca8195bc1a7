#include "core/base/error.h"
#include "core/data/dataset/dataset_listing.h"
#include "core/data/dataset/folder_walk.h"
#include "core/data/dataset/list_columns.h"
#include "core/data/dataset/list_text.h"
#include "core/data/dataset/repeated_entries.h"

#include <algorithm>
#include <map>
#include <set>
#include <system_error>
#include <unordered_map>
#include <utility>

namespace thaw {

namespace {

constexpr const char* relativePaths = "the paths in it must be relative to its own folder";

/// Finds the pictures that ids without an ending stand for: of the list's own folder, else, where one alone
/// fits, in one of the folders there.
class PictureIds
{
public:
    explicit PictureIds(std::filesystem::path root) : m_root(std::move(root)) {}

    /// The path itself where it is no such id, or nothing fits.
    std::string pathOf(const std::string& written)
    {
        std::error_code error;
        if (written.empty() || std::filesystem::path(written).has_extension() ||
            std::filesystem::exists(m_root / written, error))
        {
            return written;
        }
        for (const char* ending : {".jpg", ".jpeg", ".png", ".JPG", ".JPEG", ".PNG", ".bmp", ".webp", ".tif"})
        {
            if (std::filesystem::exists(m_root / (written + ending), error)) {
                return written + ending;
            }
        }
        const auto& inFolders = picturesInFolders();
        const auto found = inFolders.find(written);
        return found == inFolders.end() || found->second.empty() ? written : found->second;
    }

private:
    /// By name without the ending; empty where several are called so.
    const std::unordered_map<std::string, std::string>& picturesInFolders()
    {
        if (m_inFolders) {
            return *m_inFolders;
        }
        m_inFolders.emplace();
        std::vector<Problem> ignored;
        FolderWalk walk(m_root, ignored, {});
        for (const std::string& folder : walk.contentsOf("").allFolders()) {
            for (const std::string& name : walk.contentsOf(folder).pictures) {
                const std::string id = std::filesystem::path(name).stem().string();
                const auto [entry, isNew] = m_inFolders->emplace(id, std::string(folder).append("/") + name);
                if (!isNew) {
                    entry->second.clear();
                }
            }
        }
        return *m_inFolders;
    }

    std::filesystem::path m_root;
    std::optional<std::unordered_map<std::string, std::string>> m_inFolders;
};

bool isPointingOutside(const std::filesystem::path& path, bool absoluteAllowed)
{
    return (path.is_absolute() && !absoluteAllowed) || *path.begin() == "..";
}

class ManifestReader
{
public:
    /// @param evaluation what pictures for "evaluation" are for
    ManifestReader(const std::filesystem::path& manifest, bool absoluteAllowed, const ListColumns& columns,
                   Split evaluation, DatasetListing& listing)
        : m_manifestName(manifest.filename().string())
        , m_absoluteAllowed(absoluteAllowed)
        , m_columns(columns)
        , m_evaluation(evaluation)
        , m_listing(listing)
        , m_ids(listing.root)
    {
    }

    void add(const CsvRow& row)
    {
        const std::string written = row.fields.size() > m_columns.path ? row.fields[m_columns.path] : "";
        const std::string path =
            m_ids.pathOf(std::filesystem::path(written).lexically_normal().generic_string());
        // A file named in a row that cannot be used has its finding; it is not an unlisted one too.
        ListedLine& first = m_lines.try_emplace(path).first->second;
        if (row.fields.size() != m_columns.count) {
            return reportRow(row, "has " + std::to_string(row.fields.size()) + " fields instead of " +
                                      std::to_string(m_columns.count));
        }
        const std::optional<std::string> label = labelOf(row);
        const std::string splitName = m_columns.split ? withoutBlanks(row.fields[*m_columns.split]) : "";
        if (written.empty() || !label || label->empty()) {
            return reportRow(row, written.empty() ? "names no file"
                                  : label         ? "gives no label"
                                                  : "does not have a 1 in one of the classes' columns alone");
        }
        if (!splitName.empty() && !splitFromName(splitName)) {
            m_unknownSplits[splitName].push_back({path, *label, row.line});
            return;
        }
        const Candidate candidate{path, *label, splitOf(splitName)};
        if (isPointingOutside(path, m_absoluteAllowed)) {
            return reportFile(candidate, ProblemCode::OutsideRoot, row,
                              "names a file outside the data set's folder; left out");
        }
        const ListedLine line{path, *label, row.line};
        if (first.path.empty()) {
            first = line;
            return addFile(candidate, row);
        }
        if (m_repeated.insert(path).second) {
            m_again.push_back(first);
        }
        m_again.push_back(line);
    }

    bool names(const std::string& path) const { return m_lines.contains(path); }

    /// Tells what shows only at the end: files named twice, and unknown words for splits.
    void finish()
    {
        for (const auto& [word, lines] : m_unknownSplits) {
            const std::string first = "line " + std::to_string(lines.front().line);
            const std::string count = std::to_string(lines.size());
            Problem problem{m_manifestName, ProblemCode::BadRow, ProblemSeverity::Error,
                            (lines.size() == 1 ? first + " of " + printable(m_manifestName) + " has"
                                               : count + " lines, first " + first + ", have") +
                                " the unknown split '" + printable(word) + "'; known are " + splitWords()};
            for (const ListedLine& line : lines) {
                problem.files.push_back(line.path);
            }
            m_listing.problems.push_back(std::move(problem));
        }
        const std::vector<Problem> repeated = repeatedEntries(m_again, m_manifestName);
        m_listing.problems.insert(m_listing.problems.end(), repeated.begin(), repeated.end());
    }

private:
    /// Nothing where the columns of classes do not name one.
    std::optional<std::string> labelOf(const CsvRow& row) const
    {
        if (m_columns.classes.empty()) {
            return withoutBlanks(row.fields[m_columns.label]);
        }
        std::optional<std::string> label;
        for (const auto& [column, name] : m_columns.classes) {
            const std::optional<bool> flag = flagOf(row.fields[column]);
            if (!flag || (*flag && label)) {
                return std::nullopt;
            }
            label = *flag ? name : label;
        }
        return label;
    }

    std::optional<Split> splitOf(const std::string& word) const
    {
        return isEvaluationWord(word) ? m_evaluation : splitFromName(word);
    }

    void addFile(const Candidate& candidate, const CsvRow& row)
    {
        std::error_code error;
        const std::filesystem::path file = m_listing.root / candidate.path;
        m_listing.labels.insert(candidate.label);
        if (!std::filesystem::exists(std::filesystem::symlink_status(file, error))) {
            return reportFile(candidate, ProblemCode::ListedMissing, row, "names a file that is not there");
        }
        if (std::filesystem::is_directory(file, error)) {
            return reportFile(candidate, ProblemCode::BadRow, row, "names a folder, not a file");
        }
        m_listing.candidates.push_back(candidate);
    }

    void reportRow(const CsvRow& row, const std::string& text)
    {
        reportFile({m_manifestName, {}, std::nullopt}, ProblemCode::BadRow, row, text);
    }

    void reportFile(const Candidate& file, ProblemCode code, const CsvRow& row, const std::string& text)
    {
        Problem problem{file.path, code, ProblemSeverity::Error,
                        "line " + std::to_string(row.line) + " of " + printable(m_manifestName) + " " + text};
        problem.label = file.label;
        problem.split = file.split;
        m_listing.problems.push_back(std::move(problem));
    }

    std::string m_manifestName;
    bool m_absoluteAllowed;
    ListColumns m_columns;
    Split m_evaluation;
    DatasetListing& m_listing;
    PictureIds m_ids;
    std::unordered_map<std::string, ListedLine> m_lines; ///< by path: the first that can be used
    std::vector<ListedLine> m_again;
    std::set<std::string> m_repeated; ///< paths in it
    std::map<std::string, std::vector<ListedLine>> m_unknownSplits;
};

/// What pictures for "evaluation" are for: see isEvaluationWord().
Split evaluationIn(const PictureList& list)
{
    bool hasTest = false;
    bool hasValidation = false;
    for (const CsvRow& row : list.rows) {
        if (!list.columns.split || row.fields.size() != list.columns.count) {
            continue;
        }
        const std::string word = withoutBlanks(row.fields[*list.columns.split]);
        hasTest = hasTest || splitFromName(word) == Split::Test;
        hasValidation =
            hasValidation || (splitFromName(word) == Split::Validation && !isEvaluationWord(word));
    }
    return hasValidation && !hasTest ? Split::Test : Split::Validation;
}

void requireUsableRows(const DatasetListing& listing)
{
    if (!listing.candidates.empty()) {
        return;
    }
    const auto first = std::ranges::find(listing.problems, ProblemSeverity::Error, &Problem::severity);
    if (first == listing.problems.end()) {
        throw Error(ErrorCode::DatasetInvalid, listing.manifest, "it has no rows",
                    "name a picture and its class in each line");
    }
    throw Error(ErrorCode::DatasetInvalid, listing.manifest, "no row can be used: " + first->message,
                first->code == ProblemCode::BadRow ? "correct the list" : relativePaths);
}

} // namespace

std::optional<DatasetListing> listManifest(const std::filesystem::path& root,
                                           const std::filesystem::path& manifest, bool given,
                                           const std::stop_token& stop)
{
    DatasetListing listing;
    listing.root = root;
    listing.manifest = manifest;
    listing.layout = DatasetLayout::SplitCsv;
    PictureIds ids(root);
    const PictureList list = readPictureList(manifest, [&](const std::string& field) {
        const std::string path = ids.pathOf(std::filesystem::path(field).lexically_normal().generic_string());
        std::error_code error;
        return !path.empty() && !isPointingOutside(path, given) &&
               std::filesystem::is_regular_file(root / path, error);
    });
    if (!list.told.empty()) {
        listing.problems.push_back(
            {manifest.filename().string(), ProblemCode::ListColumns, ProblemSeverity::Info, list.told});
    }
    ManifestReader reader(manifest, given, list.columns, evaluationIn(list), listing);
    for (const CsvRow& row : list.rows) {
        if (stop.stop_requested()) {
            return std::nullopt;
        }
        reader.add(row);
    }
    reader.finish();
    requireUsableRows(listing);
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

#include "core/data/dataset/dataset_scan.h"

#include "core/base/error.h"
#include "core/base/hash.h"
#include "core/data/dataset/dataset_check.h"
#include "core/data/dataset/dataset_findings.h"
#include "core/data/dataset/folder_walk.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace thaw {

namespace {

void splitStratified(DatasetIndex& index, const std::vector<std::size_t>& pool, const SplitShares& shares)
{
    std::vector<int> labels;
    labels.reserve(pool.size());
    for (std::size_t i : pool) {
        labels.push_back(index.samples[i].label);
    }
    const auto splits = stratifiedSplit(labels, static_cast<int>(index.classes.size()), shares);
    for (std::size_t i = 0; i < pool.size(); ++i) {
        index.samples[pool[i]].split = splits[i];
    }
}

/// Gives samples that the data set leaves unassigned a split, and takes a missing validation split (and, if
/// nothing but training pictures are there, a test split too) from the training pictures. Never moves one of
/// `options.assigned`.
void assignSplits(DatasetIndex& index, std::vector<std::optional<Split>> given, const ScanOptions& options)
{
    std::vector<bool> kept(given.size());
    for (std::size_t i = 0; i < given.size(); ++i) {
        if (given[i]) {
            index.given[static_cast<std::size_t>(*given[i])] = true;
        }
        if (const auto found = options.assigned.find(index.samples[i].path); found != options.assigned.end())
        {
            given[i] = found->second;
            kept[i] = true;
        }
    }
    const auto has = [&](Split split) { return std::find(given.begin(), given.end(), split) != given.end(); };
    std::vector<std::size_t> pool;
    for (std::size_t i = 0; i < given.size(); ++i) {
        if (!given[i]) {
            pool.push_back(i);
        } else {
            index.samples[i].split = *given[i];
        }
    }
    SplitShares shares = options.shares;
    if (pool.empty()) {
        if (!has(Split::Train) || has(Split::Validation)) {
            return;
        }
        pool = index.indicesOf(Split::Train);
        std::erase_if(pool, [&](std::size_t i) { return kept[i]; });
        shares.test = has(Split::Test) ? 0 : shares.test;
    } else if (has(Split::Train) && has(Split::Validation) && !has(Split::Test)) {
        shares.test = 0;
    }
    splitStratified(index, pool, shares);
}

/// A folder with one sub-folder that holds the data set is easily chosen by mistake.
std::string adviceForOneClass(const DatasetListing& listing)
{
    if (listing.layout == DatasetLayout::ClassFolders && listing.labels.size() == 1) {
        std::vector<Problem> ignored;
        const std::string& folder = *listing.labels.begin();
        if (FolderWalk(listing.root, ignored, {}).contentsOf(folder).allFolders().size() > 1) {
            return "if the classes are the folders inside '" + printable(folder) + "', choose that one";
        }
    }
    return "put the pictures into one sub-folder for each of at least two classes";
}

/// What may have been meant for pictures, told with an error that there are too few.
std::string unrecognisedWords(const DatasetListing& listing)
{
    const auto found = std::ranges::find_if(listing.problems, [](const Problem& problem) {
        return problem.code == ProblemCode::Unrecognised && !problem.files.empty();
    });
    return found == listing.problems.end() ? "" : "; of '" + printable(found->path) + "': " + found->message;
}

/// Folders of a class in one split that hold nothing, where the class is found elsewhere.
void addEmptyFolders(const DatasetListing& listing, DatasetIndex& index)
{
    for (const Candidate& folder : listing.emptyFolders) {
        if (std::ranges::binary_search(index.classes, folder.label)) {
            index.problems.push_back({folder.path, ProblemCode::EmptyClass, ProblemSeverity::Warning,
                                      "holds no pictures of class '" + printable(folder.label) + "'"});
        }
    }
}

/// With training and validation given, nothing is taken away for a test.
void addNoTest(const std::vector<std::optional<Split>>& given, DatasetIndex& index)
{
    const auto has = [&](Split split) {
        return std::ranges::find(given, std::optional(split)) != given.end();
    };
    if (has(Split::Train) && has(Split::Validation) && !has(Split::Test)) {
        index.problems.push_back(
            {"", ProblemCode::NoTest, ProblemSeverity::Info,
             "nothing is set aside for the test: the result is measured on validation, by "
             "which the best epoch is chosen too"});
    }
}

void note(const CheckedFile& file, const std::string& path, PictureNotes& notes)
{
    constexpr int leastBright = 16; // of 255: 1/16 of the range
    if (file.colours > 0) {
        notes.fewColours[path] = file.colours;
    }
    if (file.brightest && *file.brightest <= leastBright) {
        notes.dark[path] = *file.brightest;
    }
    if (file.lacksEnd) {
        notes.endless.push_back(path);
    }
}

/// A folder that could not be read may hold what is missing.
void requireReadFolders(const DatasetListing& listing, const DatasetIndex& index)
{
    const auto closed = std::ranges::find_if(listing.problems, [](const Problem& problem) {
        return problem.code == ProblemCode::Unreadable && problem.severity == ProblemSeverity::Error;
    });
    if (closed != listing.problems.end()) {
        throw Error(ErrorCode::DatasetInvalid, listing.root / closed->path, closed->message,
                    index.classes.empty() ? "no pictures were found elsewhere"
                                          : "elsewhere there are pictures of class '" +
                                                printable(index.classes.front()) + "' alone");
    }
}

void requireSomething(const DatasetListing& listing, const DatasetIndex& index, ScanPurpose purpose)
{
    const bool isOneClass = index.classes.size() < 2 && purpose == ScanPurpose::Training;
    if (index.samples.empty() || isOneClass) {
        requireReadFolders(listing, index);
    }
    if (index.samples.empty()) {
        const std::string count = std::to_string(listing.candidates.size());
        throw Error(ErrorCode::DatasetEmpty, listing.root,
                    listing.candidates.empty() ? "there are no pictures in it" + unrecognisedWords(listing)
                                               : "none of its " + count + " pictures can be read (" +
                                                     printable(index.problems.front().path) + ": " +
                                                     index.problems.front().message + ")",
                    "choose a folder with one sub-folder of JPEG or PNG pictures for each class");
    }
    if (isOneClass) {
        throw Error(ErrorCode::DatasetOneClass, listing.root,
                    "all its readable pictures are of one class, '" + printable(index.classes.front()) + "'" +
                        unrecognisedWords(listing),
                    adviceForOneClass(listing));
    }
}

} // namespace

std::string fingerprintOf(const DatasetIndex& index)
{
    Hasher hasher(HashKind::Sha256);
    const auto add = [&hasher](const std::string& text) { hasher.add(text.c_str(), text.size() + 1); };
    for (const Sample& sample : index.samples) {
        add(sample.path);
        add(index.classes[static_cast<std::size_t>(sample.label)]);
        add(nameOf(sample.split));
        add(sample.contentHash);
    }
    return hasher.hex();
}

std::optional<DatasetIndex> scanDataset(const std::filesystem::path& path, const ScanOptions& options,
                                        const ProgressCallback& progress, const std::stop_token& stop)
{
    std::optional<DatasetListing> listing = listDataset(path, options.purpose, stop);
    if (!listing) {
        return std::nullopt;
    }
    std::optional<std::vector<CheckedFile>> files = checkCandidates(*listing, options, progress, stop);
    if (!files) {
        return std::nullopt;
    }
    DatasetIndex index;
    index.root = listing->root;
    index.source = listing->source;
    index.manifest = listing->manifest;
    index.layout = listing->layout;
    index.checked = options.deep;
    std::set<std::string> used;
    for (std::size_t i = 0; i < files->size(); ++i) {
        const Candidate& candidate = listing->candidates[i];
        if ((*files)[i].problem) {
            Problem& problem = index.problems.emplace_back(*(*files)[i].problem);
            problem.label = candidate.label;
            problem.split = candidate.split;
        } else {
            used.insert(candidate.label);
        }
    }
    index.classes.assign(used.begin(), used.end());
    std::vector<std::optional<Split>> given;
    PictureNotes notes;
    for (std::size_t i = 0; i < files->size(); ++i) {
        CheckedFile& file = (*files)[i];
        if (!file.problem) {
            const Candidate& candidate = listing->candidates[i];
            note(file, candidate.path, notes);
            const auto label = std::lower_bound(index.classes.begin(), index.classes.end(), candidate.label);
            index.samples.push_back({candidate.path, static_cast<int>(label - index.classes.begin()),
                                     Split::Train, file.byteSize, file.width, file.height,
                                     std::move(file.contentHash)});
            given.push_back(candidate.split);
        }
    }
    index.problems.insert(index.problems.end(), listing->problems.begin(), listing->problems.end());
    requireSomething(*listing, index, options.purpose);
    addEmptyFolders(*listing, index);
    if (options.purpose == ScanPurpose::Training) {
        addNoTest(given, index);
    }
    assignSplits(index, std::move(given), options);
    addFindings(index, listing->labels, notes, options.purpose);
    if (options.deep) {
        index.fingerprint = fingerprintOf(index);
    }
    return index;
}

} // namespace thaw

#include "core/run/run_store.h"

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/timestamp.h"
#include "core/run/history_csv.h"
#include "core/run/run_lock.h"
#include "core/run/run_record_json.h"

#include <algorithm>
#include <array>
#include <system_error>
#include <tuple>

namespace thaw {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t recipeLimit = 1 << 20;

/// Only letters that every file system and shell takes: others become one '-' for each stretch of them.
std::string sanitised(const std::string& text)
{
    constexpr std::size_t longest = 40;
    const std::string allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    std::string part;
    for (const char c : text) {
        const bool good = allowed.find(c) != std::string::npos;
        if (part.size() < longest && (good || !part.ends_with('-'))) {
            part += good ? c : '-';
        }
    }
    while (part.ends_with('-')) {
        part.pop_back();
    }
    part.erase(0, part.find_first_not_of('-'));
    return part.empty() ? "unnamed" : part;
}

std::string datasetName(const fs::path& dataset)
{
    std::error_code error;
    fs::path path = fs::absolute(dataset, error).lexically_normal();
    if (!path.has_filename()) {
        path = path.parent_path();
    }
    return path.extension() == ".csv" ? path.stem().string() : path.filename().string();
}

/// Calls `read`, and reports whatever is wrong with a file of a run as a broken run.
template <typename F>
auto readingRun(F read)
{
    try {
        return read();
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::Input) {
            throw;
        }
        throw Error(ErrorCode::RunInvalid, error.path(), error.detail(), error.advice());
    }
}

Recipe readRecipe(const fs::path& file)
{
    RecipeReading reading = parseRecipe(readTextFile(file, recipeLimit), file);
    if (!reading.issues.empty()) {
        throw recipeError(reading.issues, file);
    }
    return std::move(reading.recipe);
}

/// Phases are looked up in the recipe by number: none may be beyond it. Each has one best epoch at most.
void requireKnownPhases(const SavedRun& run, const RunFiles& files)
{
    const int phases = static_cast<int>(run.recipe.phases.size());
    const auto require = [&](const fs::path& file, int lowest, int phase) {
        if (phase < lowest || phase > phases) {
            throw Error(ErrorCode::RunInvalid, file,
                        "speaks of phase " + std::to_string(phase) + ", the recipe has " +
                            std::to_string(phases));
        }
    };
    for (const EpochMetrics& row : run.history) {
        require(files.history(), 1, row.phase);
    }
    if (run.record.best.size() > run.recipe.phases.size()) {
        throw Error(ErrorCode::RunInvalid, files.record(),
                    "names " + std::to_string(run.record.best.size()) + " best epochs, the recipe has " +
                        std::to_string(phases) + " phases");
    }
    for (const BestEpoch& best : run.record.best) {
        require(files.record(), 1, best.phase);
    }
    if (run.record.test) {
        require(files.record(), 0, run.record.test->phase);
    }
}

bool isFileOfRuns(const fs::path& file)
{
    const RunFiles files{file.parent_path()};
    const std::string name = file.filename().string();
    const std::array fixed{files.recipe(),     files.record(),       files.history(), files.best(),
                           files.last(),       files.previousLast(), files.split(),   files.lock(),
                           files.evaluation(), files.predictions()};
    return std::find(fixed.begin(), fixed.end(), file) != fixed.end() ||
           (name.starts_with("phase") && name.ends_with(".safetensors"));
}

/// A run that a stranger hands over must not make Thaw read, or lock, what lies elsewhere.
void requireOwnFiles(const fs::path& folder)
{
    std::error_code error;
    const fs::path own = fs::canonical(folder, error);
    fs::directory_iterator entry(folder, error);
    for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
        std::error_code ignored;
        if (!entry->is_symlink(ignored) || !isFileOfRuns(entry->path())) {
            continue;
        }
        std::error_code leadsNowhere;
        const fs::path target = fs::canonical(entry->path(), leadsNowhere);
        if (leadsNowhere || target.parent_path() != own) {
            throw Error(ErrorCode::RunInvalid, entry->path(), "is a link out of the run folder",
                        "put the file itself there");
        }
    }
}

/// What became of a run whose record still says that it is running, though no process trains it. One without
/// a checkpoint can still be resumed, from its start, while there is nothing to lose by that.
void settleState(SavedRun& run, const RunFiles& files)
{
    std::error_code error;
    if (run.record.state != RunState::Running || RunLock::isHeld(files.folder)) {
        return;
    }
    if (run.history.empty() || fs::exists(files.last(), error) || fs::exists(files.previousLast(), error)) {
        run.record.state = RunState::Stopped;
        return;
    }
    run.record.state = RunState::Failed;
    run.record.error = "interrupted, and its checkpoint is missing";
    run.record.errorCode = nameOf(ErrorCode::RunInvalid);
}

} // namespace

RunListing listRuns(const fs::path& root)
{
    RunListing listing;
    std::error_code error;
    if (!fs::exists(root, error) && !error) {
        return listing;
    }
    fs::directory_iterator entry(root, error);
    for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
        if (!isRunFolder(entry->path())) {
            continue;
        }
        try {
            listing.runs.push_back(loadRun(entry->path()));
        } catch (...) {
            const Error problem = currentError(entry->path());
            const std::string file = problem.path().filename().string();
            listing.broken.push_back({entry->path(), file + ": " + problem.detail()});
        }
    }
    if (error) {
        listing.broken.push_back({root, "the folder cannot be read: " + error.message()});
    }
    std::sort(listing.runs.begin(), listing.runs.end(), [](const SavedRun& a, const SavedRun& b) {
        return std::tie(a.record.startedAt, a.folder) > std::tie(b.record.startedAt, b.folder);
    });
    std::sort(listing.broken.begin(), listing.broken.end(),
              [](const BrokenRun& a, const BrokenRun& b) { return a.folder < b.folder; });
    return listing;
}

SavedRun loadRun(const fs::path& folder)
{
    std::error_code error;
    if (!fs::exists(folder, error)) {
        throw Error(ErrorCode::FileNotFound, folder, "there is no such run folder",
                    "look for it among the saved runs");
    }
    if (!isRunFolder(folder)) {
        throw Error(ErrorCode::RunInvalid, folder, "is not a run folder: it holds no run.json",
                    "give a folder that training has made");
    }
    requireOwnFiles(folder);
    const RunFiles files{folder};
    SavedRun run;
    run.folder = folder;
    readingRun([&] {
        run.record = readRunRecord(files.record());
        run.recipe = readRecipe(files.recipe());
        // A run that was interrupted as it began has no curves yet.
        if (fs::exists(files.history(), error)) {
            run.history = readHistory(files.history());
        }
    });
    requireKnownPhases(run, files);
    settleState(run, files);
    return run;
}

bool isRunFolder(const fs::path& folder)
{
    std::error_code error;
    return fs::exists(RunFiles{folder}.record(), error);
}

fs::path newRunFolder(const fs::path& root, const fs::path& dataset, const std::string& recipeName)
{
    const std::string stem =
        timeText("%Y-%m-%d_%H%M", true) + "_" + sanitised(datasetName(dataset)) + "_" + sanitised(recipeName);
    fs::path folder = root / stem;
    std::error_code error;
    for (int number = 2; fs::exists(fs::symlink_status(folder, error)); ++number) {
        folder = root / (stem + "-" + std::to_string(number));
    }
    return folder;
}

void createRunFolder(const fs::path& folder)
{
    std::error_code error;
    const fs::file_status status = fs::status(folder, error);
    if (fs::exists(status) && !fs::is_directory(status)) {
        throw Error(ErrorCode::OutputExists, folder, "is a file", "choose another folder");
    }
    if (fs::exists(status) && !fs::is_empty(folder, error) && !error) {
        throw Error(ErrorCode::OutputExists, folder, "exists and is not empty", "choose another folder");
    }
    std::vector<fs::path> missing;
    fs::path ancestor = fs::absolute(folder, error);
    while (ancestor.has_relative_path() && !fs::exists(ancestor, error)) {
        missing.push_back(ancestor);
        ancestor = ancestor.parent_path();
    }
    try {
        ensureWritableFolder(folder);
    } catch (const Error&) {
        for (const fs::path& made : missing) {
            fs::remove(made, error);
        }
        throw;
    }
    // The trial file, where the disk would not remove it at once.
    removeLeftovers(folder);
}

} // namespace thaw

#pragma once

#include "core/experiment/recipe.h"
#include "core/experiment/run_record.h"
#include "core/run/run_files.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace thaw {

/// A run as read back from its folder. Fresh and old runs take this one path to the screen.
struct SavedRun
{
    std::filesystem::path folder;
    Recipe recipe;
    /// Says Running only while a living process holds the run's lock; else Stopped if there is a checkpoint
    /// to go on from or no epoch had ended yet, or Failed. The file itself is left as it is.
    RunRecord record;
    std::vector<EpochMetrics> history;
};

/// A folder that could not be read, and why: listed, not hidden.
struct BrokenRun
{
    std::filesystem::path folder;
    std::string reason;
};

struct RunListing
{
    std::vector<SavedRun> runs; ///< newest first
    std::vector<BrokenRun> broken;
};

/// All run folders directly under `root`; an absent root is an empty list.
RunListing listRuns(const std::filesystem::path& root);

/// @throws Error FileNotFound, RunInvalid (names the file inside)
SavedRun loadRun(const std::filesystem::path& folder);

/// True when the folder looks like a run (holds run.json).
bool isRunFolder(const std::filesystem::path& folder);

/// root/2026-11-23_1405_catsdogs_quick, with -2, -3 … appended if taken. Nothing is created.
std::filesystem::path newRunFolder(const std::filesystem::path& root, const std::filesystem::path& dataset,
                                   const std::string& recipeName);

/// Creates `folder`, which must not exist or be empty. @throws Error OutputExists, WriteFailed, DiskFull
void createRunFolder(const std::filesystem::path& folder);

/// run.json. Unknown keys survive. @throws Error WriteFailed, DiskFull
void writeRunRecord(const std::filesystem::path& file, const RunRecord& record);
/// @throws Error FileNotFound, RunInvalid
RunRecord readRunRecord(const std::filesystem::path& file);
std::string formatRunRecord(const RunRecord& record);
/// @param file for messages @throws Error RunInvalid
RunRecord parseRunRecord(const std::string& text, const std::filesystem::path& file = {});

/// history.csv: epoch,phase,loss,accuracy,val_loss,val_accuracy,learning_rate,seconds; one row an epoch,
/// numbers that read back to the same double, empty where not measured. Rewritten whole each time: a row is
/// never torn.
void writeHistory(const std::filesystem::path& file, const std::vector<EpochMetrics>& history);
/// @throws Error RunInvalid with the line's number
std::vector<EpochMetrics> readHistory(const std::filesystem::path& file);

/// Held while a process trains into a run: an advisory lock on RUN/run.lock that dies with its owner.
class RunLock
{
public:
    /// @throws Error RunInUse when a living process holds it, RunInvalid when the file is a link or no file,
    ///         WriteFailed, DiskFull
    explicit RunLock(const std::filesystem::path& folder);
    ~RunLock();
    RunLock(const RunLock&) = delete;
    RunLock& operator=(const RunLock&) = delete;

    /// Before each write: where somebody removed or replaced the file, others could lock another one. It is
    /// then taken again. @return whether it had to be
    /// @throws Error RunInUse when another process was quicker, and as the constructor
    bool renew();

    static bool isHeld(const std::filesystem::path& folder);

private:
    std::filesystem::path m_folder;
    int m_descriptor = -1;
};

/// Now, as ISO 8601 in UTC ("2026-11-23T14:05:09Z").
std::string timestampNow();

} // namespace thaw

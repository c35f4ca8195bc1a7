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

} // namespace thaw

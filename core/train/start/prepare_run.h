#pragma once

#include "core/run/run_store.h"
#include "core/train/start/run_materials.h"
#include "core/train/trainer.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>

namespace thaw {

/// What a new run is asked for, by whoever asks: the command line, the window.
struct RunOrder
{
    Recipe recipe;                 ///< checkRecipe() found nothing
    std::filesystem::path dataset; ///< a folder or a list
    /// The same, scanned deeply and split by the recipe's rule already; null: it is scanned.
    std::shared_ptr<const DatasetIndex> scanned;
    /// A run whose pictures keep the split that they have in it: a start anew. Its data set is the order's.
    std::optional<SavedRun> like;
    std::filesystem::path folder; ///< the run's, new or empty; empty path: a new one under runsRoot
    std::filesystem::path runsRoot;
    SaveOptions saving = {};
    bool acceptLosses = false; ///< see PicturesLost
    /// Where ImageNet's weights are asked for and cannot be fetched, random numbers take their place, and it
    /// is told and recorded; else that is an error.
    bool mayDoWithoutWeights = false;
};

/// A new run folder, made at once: another program that starts in the same minute gets another. Removed again
/// where no run came of it.
class ClaimedFolder
{
public:
    /// @param folder new or empty; empty path: a new one under `runsRoot`, named after data set and recipe
    /// @throws Error OutputExists, WriteFailed, DiskFull
    ClaimedFolder(const std::filesystem::path& folder, const std::filesystem::path& runsRoot,
                  const std::filesystem::path& dataset, const std::string& recipeName);
    ~ClaimedFolder();
    ClaimedFolder(const ClaimedFolder&) = delete;
    ClaimedFolder& operator=(const ClaimedFolder&) = delete;

    const std::filesystem::path& path() const { return m_path; }

private:
    std::filesystem::path m_path;
    bool m_isMade = false; ///< by this object
};

/// A run that trainRun() can begin. Holds its folder meanwhile.
struct PreparedRun
{
    TrainRequest request;
    std::unique_ptr<ClaimedFolder> folder;
};

/// Makes the order a request, by the same rules for everybody: whether the folder can be written is looked at
/// first, then the pictures are read, many lost ones are asked about, weights are found or fetched, and the
/// folder is made.
/// @return nothing when stopped; then there is nothing on disk either
/// @throws Error as scanDataset(), resolveWeights(), ClaimedFolder; PicturesLost; RunInvalid (`like`)
std::optional<PreparedRun> prepareRun(const RunOrder& order, const PrepareObserver& observer,
                                      const std::stop_token& stop = {});

} // namespace thaw

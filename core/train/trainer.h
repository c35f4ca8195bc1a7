#pragma once

#include "core/data/dataset_index.h"
#include "core/experiment/recipe.h"
#include "core/experiment/run_record.h"
#include "core/model/weights.h"
#include "core/train/observer.h"
#include "core/train/save_options.h"

#include <filesystem>
#include <stop_token>

namespace thaw {

/// All that a run is made from. Copied in; nothing is shared afterwards.
struct TrainRequest
{
    Recipe recipe;                ///< checkRecipe() found nothing
    DatasetIndex dataset;         ///< deep-checked
    BaseWeights weights;          ///< resolved, of the recipe's width
    std::filesystem::path folder; ///< the new run's; must not exist or be empty
    SaveOptions saving = {};
};

/// Trains a recipe from its first epoch: phases in order, best weights of each by lowest validation loss,
/// then the test split (else validation) with the best weights of the last phase. Everything is written into
/// the run folder as it happens. A request to stop is honoured after the batch in hand: the state is saved
/// and the record says Stopped.
///
/// The result depends on the request and the thread count alone (CPU): order, augmentation and dropout of
/// step s of epoch e are drawn from the seed, never from what ran before.
///
/// While the disk is full, over quota, read-only or gone, training waits, says so to the observer, and goes
/// on when it can be saved; a stop requested meanwhile ends the run as Failed with the disk's error. While
/// the folder of the pictures is gone it waits in the same way, and a stop ends it as Stopped.
///
/// Runs on the calling thread, for long; observers are called on it.
/// Errors after runStarted() end as a Failed record, returned and on disk.
/// @throws Error before that: RecipeInvalid, DatasetInvalid (no training pictures), OutputExists,
///         WriteFailed, DiskFull, DeviceUnavailable; as resolveHead where the recipe starts with a file's
///         head
RunRecord trainRun(const TrainRequest& request, TrainObserver& observer, const std::stop_token& stop = {});

/// What differs between a stopped run and the present, in words; empty when nothing does.
struct ResumeCheck
{
    std::vector<std::string> differences;
};

/// Goes on with a stopped run from its last checkpoint, as if it had never stopped. A finished run is
/// returned unchanged; one interrupted before its first checkpoint begins anew. The data set is scanned again
/// and the weights resolved as the recipe says. A learning rate changed in the run's recipe.json counts from
/// the checkpoint on: the way out of a run that diverged. Stopped before runStarted(), or failing before it,
/// the run is left as it was; the record returned says Stopped.
/// @param acceptChanges go on although data, weights or program differ, and on another device where the
///        run's own is gone
/// @param atHand data set (scanned deeply) and weights that the caller holds already: they are used instead
///        of the files, and compared in the same way
/// @param movedTo where the data set is now; empty: where the record says. The same pictures in the same
///        split are the same data set wherever they lie, and the record then names the new place
/// @throws Error RunInvalid, RunInUse, RunDiffers (lists what), and as trainRun
RunRecord resumeRun(const std::filesystem::path& folder, bool acceptChanges, TrainObserver& observer,
                    const std::stop_token& stop = {}, const SaveOptions& saving = {},
                    const TrainRequest* atHand = nullptr, const std::filesystem::path& movedTo = {});

/// A word of caution before Start: disk, memory. Empty when all is well.
/// @param folder the run's, or one above it
/// @param saving as the run will have it: stored views must fit where it keeps them
/// @throws Error DiskFull when the run cannot fit
std::vector<std::string> preflight(const Recipe& recipe, std::size_t trainImages,
                                   std::size_t validationImages, const std::filesystem::path& folder,
                                   const SaveOptions& saving);

} // namespace thaw

#pragma once

#include "core/data/dataset_index.h"
#include "core/experiment/recipe.h"
#include "core/experiment/run_record.h"
#include "core/model/weights.h"
#include "core/train/observer.h"
#include "core/train/run_materials.h"
#include "core/train/run_plan.h"
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
    bool acceptLosses = false; ///< start although many of its pictures cannot be read: see PicturesLost
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
/// @throws Error before that: RecipeInvalid, DatasetInvalid (no training pictures, of the set or of a class),
///         PicturesLost (see lossesAtStart()), OutputExists, WriteFailed, DiskFull, DeviceUnavailable; as
///         resolveHead where the recipe starts with a file's head
RunRecord trainRun(const TrainRequest& request, TrainObserver& observer, const std::stop_token& stop = {});

/// How to go on with a run.
struct ResumeOptions
{
    /// Although data, weights or program differ, and on another device where the run's own is gone.
    bool acceptChanges = false;
    /// Although many of its pictures are gone or cannot be read: see PicturesLost.
    bool acceptLosses = false;
    SaveOptions saving = {};
    /// Pictures and weights that the caller keeps: used instead of the files where no picture has been
    /// touched since, and compared in the same way; else read anew and kept there. Null: they are read.
    RunMaterials* materials = nullptr;
    PrepareObserver preparing = {}; ///< told while they are read
    /// Where the data set is now; empty: where the record says. The same pictures in the same split are the
    /// same data set wherever they lie, and the record then names the new place.
    std::filesystem::path movedTo = {};
    /// On the learning rates of the phase in progress and of those after it, from the checkpoint on; in
    /// (0, 10]. recipe.json, the record and a message tell it.
    double rateFactor = 1;
    /// Train no further: test the best weights there are and call the run finished.
    bool finishNow = false;
};

/// Goes on with a stopped or failed run from its last checkpoint, as if it had never stopped. A finished run
/// is returned unchanged; one interrupted before its first checkpoint begins anew. The data set is scanned
/// again and the weights resolved as the recipe says. Stopped before runStarted(), or failing before it, the
/// run is left as it was; the record returned says Stopped.
///
/// Where changes of the pictures are accepted: those that the run had keep their split, also under another
/// name or with other contents, and only new ones are dealt (split.csv tells, see run_split.h). The counts
/// are rewritten, the best epochs measured again where the validation pictures are others, and an epoch in
/// progress begins anew where the training pictures are.
/// @throws Error RunInvalid, RunInUse, RunDiffers (lists what), Usage (rateFactor out of range, or nothing
///         left to train with it), and as trainRun
RunRecord resumeRun(const std::filesystem::path& folder, const ResumeOptions& options,
                    TrainObserver& observer, const std::stop_token& stop = {});

/// A word of caution before Start: disk, memory. Empty when all is well.
/// @param plan its recipe need not be resolved
/// @param folder the run's, or one above it
/// @param saving as the run will have it: stored views must fit where it keeps them
/// @throws Error DiskFull when the run cannot fit
std::vector<Notice> preflight(const RunPlan& plan, const std::filesystem::path& folder,
                              const SaveOptions& saving);

} // namespace thaw

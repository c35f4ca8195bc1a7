#pragma once

#include "core/data/dataset/dataset_index.h"
#include "core/experiment/recipe.h"
#include "core/experiment/run_record.h"
#include "core/model/weights/weights.h"
#include "core/train/observer.h"
#include "core/train/start/save_options.h"

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

} // namespace thaw

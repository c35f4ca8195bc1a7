#pragma once

#include "core/experiment/run_record.h"
#include "core/train/observer.h"
#include "core/train/start/run_materials.h"
#include "core/train/start/save_options.h"

#include <filesystem>
#include <stop_token>

namespace thaw {

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

} // namespace thaw

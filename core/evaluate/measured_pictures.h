#pragma once

#include "core/data/dataset/dataset_index.h"
#include "core/run/run_split.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace thaw {

/// What is known of the pictures that a model was trained on.
struct PicturesOfRun
{
    std::string fingerprint;         ///< of the run's data set; empty: nothing is known
    std::vector<SplitEntry> entries; ///< RUN/split.csv; empty: not noted (an older run, a model file)
};

/// Which split each picture of a data set has in a run: the entry of the same place and contents counts, else
/// one of the same contents anywhere (the training split before validation before test). Nothing for a
/// picture that is not the run's. In the samples' order.
std::vector<std::optional<Split>> splitsInRun(const DatasetIndex& dataset,
                                              const std::vector<SplitEntry>& entries);

/// Which pictures of a data set are measured, and what has to be said of the choice.
struct MeasuredPictures
{
    /// "train", "validation", "test", "all", or "unseen": all but those that the run has seen in training or
    /// was chosen by.
    std::string part;
    std::vector<std::size_t> samples; ///< of the data set, in order
    /// They are those that the run itself is tested on: the result is the run's own.
    bool isRunsOwn = false;
    /// Neither data set nor run gives them a split: they were dealt by the run's rule.
    bool isDealt = false;
    /// It is not known whether some of them were trained on.
    bool isUncertain = false;
    std::size_t trained = 0;  ///< of those measured: trained on
    std::size_t chosenBy = 0; ///< and in the run's validation split, by which its best epochs were chosen
    std::size_t leftOut = 0;  ///< pictures of the part that are not measured, since the run has seen them
};

/// The run's own data set keeps the run's splits: the test split is measured, else validation's. Another one
/// with a test (else validation) split of its own is measured on that, and on all its pictures without; what
/// of them the run has seen is left out, unless nothing else is there.
/// @param asked "train", "validation", "test" or "all": measured as asked, whatever the run has seen of it
/// @throws Error DatasetInvalid where the part asked for has no pictures
MeasuredPictures picturesToMeasure(const DatasetIndex& dataset, const PicturesOfRun& run,
                                   const std::string& asked = {});

} // namespace thaw

#pragma once

#include "core/base/progress.h"
#include "core/data/dataset/dataset_index.h"
#include "core/evaluate/evaluation.h"
#include "core/model/weights/weights.h"

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace thaw {

/// A picture whose label is doubtful.
struct DoubtfulLabel
{
    std::string path;      ///< whole
    std::string given;     ///< the class that it is in
    std::string suggested; ///< the one that it seems to be of
    double selfConfidence = 0;

    bool operator==(const DoubtfulLabel&) const = default;
};

/// What checking the labels of a data set found.
struct LabelCheck
{
    std::vector<std::string> classes;
    std::size_t images = 0; ///< checked
    /// Share of them whose label is the likeliest class: how far the suggestions can be trusted.
    double agreement = 0;
    std::vector<DoubtfulLabel> suspects; ///< the least self-confidence first
    std::vector<ExcludedImage> leftOut;  ///< could not be read
};

struct LabelCheckOptions
{
    ComputeOptions compute;
    int folds = 5;          ///< ≥ 2
    std::uint64_t seed = 0; ///< shares the pictures out
};

/// Finds labels that are probably wrong, in all splits alike. One pass over the pictures gives what the base,
/// which has not seen these labels, makes of each (block5_pool, its mean over the places). The pictures are
/// shared out into folds, class by class, those with the same contents into the same one; a head for each
/// fold is fitted to the others, and asked about it. So no picture is judged by a head that was taught its
/// label. From these probabilities labelSuspects() follows.
///
/// The same result for the same pictures, base, options and number of threads. Returns nothing when stopped.
/// @param base as it was before any training on this data set
/// @throws Error DatasetOneClass; DatasetEmpty when none can be read; DatasetInvalid when their folder is
/// gone
std::optional<LabelCheck> checkLabels(const BaseWeights& base, const TransformSpec& transform,
                                      const DatasetIndex& dataset, const LabelCheckOptions& options = {},
                                      const ProgressCallback& progress = {},
                                      const std::stop_token& stop = {});

/// What `labels --json` prints: {classes, images, agreement, suspects, left_out}.
std::string formatLabelCheck(const LabelCheck& check);

} // namespace thaw

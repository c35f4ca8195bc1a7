#pragma once

#include "core/base/progress.h"
#include "core/data/dataset/dataset_index.h"
#include "core/experiment/metrics.h"
#include "core/experiment/recipe.h"
#include "core/experiment/run_record.h"
#include "core/model/weights/weights.h"

#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace thaw {

/// One picture's answer.
struct Prediction
{
    std::string path;
    int label = -1;                    ///< the class predicted
    int truth = -1;                    ///< the class that the picture is of; −1 where that is not known
    std::vector<double> probabilities; ///< one a class, sum 1
    std::string error;                 ///< why there is none; the rest is then empty

    bool operator==(const Prediction&) const = default;
};

/// A class of a data set that the model was not taught: its pictures cannot be right or wrong.
struct UnknownClass
{
    std::string name;
    int images = 0;                ///< of those that were to be measured
    std::vector<std::string> near; ///< classes of the model that may be meant

    bool operator==(const UnknownClass&) const = default;
};

/// From which probability on an answer counts. Of two classes: that of the second, which is the answer from
/// there on, and the first below. Of more: that of the likeliest, which is no answer ("uncertain") below.
struct ChosenThreshold
{
    double value = 0.5;
    std::string chosenOn; ///< a split's name, or "given": by a person, on whatever pictures

    bool operator==(const ChosenThreshold&) const = default;
};

/// How a model does on some pictures. Everything but `threshold` is by the likeliest class.
struct Evaluation
{
    std::string split; ///< a split's name, or what else was measured: MeasuredPictures::part
    Score score;
    int total = 0; ///< pictures of the data set; score.images of them were measured
    std::vector<std::string> classes;
    std::vector<std::vector<int>> confusion; ///< [true][predicted]
    std::vector<Prediction> predictions;     ///< in the split's order
    /// Pictures of the split that could be read when it was scanned and no longer can, in its order: counted
    /// nowhere else.
    std::vector<ExcludedImage> leftOut;
    std::vector<UnknownClass> unknownClasses; ///< their pictures are counted nowhere else
    std::vector<ExcludedImage> notKnown;      ///< and named here
    /// Pictures of the data set, of whatever split, that its scan could not read: in `total` and in no score.
    std::vector<ExcludedImage> unreadable;
    std::optional<ChosenThreshold> threshold; ///< for the model's answers, if any was chosen
};

/// Where and how to compute.
struct ComputeOptions
{
    std::string device = "auto";
    /// Of the layers that the model's recipe froze. Auto: as the model was trained, so that its test result
    /// is met again; float32 where nothing is known.
    Precision precision = Precision::Auto;
    int batchSize = 32;
};

/// The model's loss, accuracy and confusion on some pictures of a data set. Classes are matched by name;
/// pictures of classes that the model does not know are left out and counted. Returns nothing when stopped.
/// @param part what they are called, see Evaluation::split
/// @param samples of the data set
/// @throws Error DatasetInvalid when the model knows none of their classes, there are none or a picture's
/// folder is gone (a drive pulled out, a share lost); DatasetEmpty when no picture can be read
std::optional<Evaluation> evaluatePictures(const ModelWeights& model, const DatasetIndex& dataset,
                                           const std::string& part, const std::vector<std::size_t>& samples,
                                           const ComputeOptions& options,
                                           const ProgressCallback& progress = {},
                                           const std::stop_token& stop = {});

/// The same for one split.
std::optional<Evaluation> evaluateModel(const ModelWeights& model, const DatasetIndex& dataset, Split split,
                                        const ComputeOptions& options, const ProgressCallback& progress = {},
                                        const std::stop_token& stop = {});

/// Predictions for files, in order; a broken file gets an error of its own. `each` is called in order as they
/// come. Returns false when stopped.
bool predictFiles(const ModelWeights& model, const std::vector<std::filesystem::path>& files,
                  const ComputeOptions& options, const std::function<void(const Prediction&)>& each,
                  const std::stop_token& stop = {});

/// One layer's output for one picture.
struct FeatureMap
{
    std::string path;
    int height = 0;
    int width = 0;
    int channels = 0;
    std::vector<float> values; ///< [H, W, C]
};

/// Outputs of a layer of the base ("input" … "block5_pool"; convolutions after their ReLU), no augmentation.
/// @throws Error Usage for an unknown layer, and as loadImage for a broken file
/// Returns nothing when stopped.
std::optional<std::vector<FeatureMap>>
computeFeatures(const BaseWeights& weights, const TransformSpec& transform, const std::string& layer,
                const std::vector<std::filesystem::path>& files, const ComputeOptions& options,
                const ProgressCallback& progress = {}, const std::stop_token& stop = {});

} // namespace thaw

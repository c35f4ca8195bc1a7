#pragma once

#include "core/base/error.h"
#include "core/compute/precision.h"
#include "core/data/dataset/split.h"
#include "core/data/input/augmentation.h"
#include "core/data/input/transform.h"
#include "core/model/freeze_plan.h"
#include "core/model/head.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace thaw {

/// 2^53 − 1, the greatest seed: not every larger integer is exact as a number of JSON.
constexpr std::int64_t maxSeed = 9007199254740991;

/// Of recipe.json. In version 1 `seed` decided the split too, and validation was dealt before the test: read
/// as just that, so that an old run keeps its split.
inline constexpr int recipeVersion = 2;

/// What a phase starts from.
enum class StartFrom {
    End,  ///< the weights at the end of the phase before (as the book's program does)
    Best, ///< its best weights
};

const char* nameOf(StartFrom startFrom); ///< "end", "best"

/// How the learning rate changes within a phase.
enum class RateSchedule {
    Constant,
    Cosine, ///< rate·½(1 + cos(π·t/T)) at step t of T, from 0 (Loshchilov & Hutter 2017; Keras's CosineDecay)
};

const char* nameOf(RateSchedule schedule); ///< "constant", "cosine"

inline constexpr int mostEpochs = 10'000; ///< of one phase

/// How weights follow from gradients, by Keras 3's formulas.
enum class OptimizerKind { Rmsprop, Sgd, Adam, Adamw };

const char* nameOf(OptimizerKind kind); ///< "rmsprop", "sgd", "adam", "adamw"

/// The phase ends after `patience` epochs without a loss that is better by more than `minDelta`, and leaves
/// its best weights behind (Keras's EarlyStopping with restore_best_weights).
struct EarlyStopping
{
    int patience = 0;    ///< epochs; 0: off
    double minDelta = 0; ///< ≥ 0

    bool operator==(const EarlyStopping&) const = default;
};

/// The learning rate is multiplied by `factor` after `patience` epochs without a loss that is better by more
/// than `minDelta` (Keras's ReduceLROnPlateau).
struct ReduceOnPlateau
{
    double factor = 0.1; ///< in (0, 1)
    int patience = 0;    ///< epochs; 0: off
    double minDelta = 1e-4;
    int cooldown = 0; ///< epochs after a reduction in which none is counted; 1 acts as 0, as in Keras
    double minRate = 0;

    bool operator==(const ReduceOnPlateau&) const = default;
};

/// What a training picture's loss counts, by its class.
enum class ClassWeights {
    None,     ///< each picture as much as any other
    Balanced, ///< n / (K · n_k), of n training pictures in K classes n_k in its own
};

const char* nameOf(ClassWeights weights); ///< "none", "balanced"

/// One phase: a stretch of epochs with one freeze plan and a new optimizer.
struct PhaseRecipe
{
    std::string name; ///< "head", "joint"
    int epochs = 1;   ///< 1 … mostEpochs
    OptimizerKind optimizer = OptimizerKind::Rmsprop;
    double momentum = 0;        ///< of sgd, in [0, 1)
    bool nesterov = false;      ///< of sgd with momentum
    double weightDecay = 0.004; ///< of adamw, ≥ 0
    double learningRate = 1e-3; ///< > 0; the first one where the schedule changes it
    RateSchedule schedule = RateSchedule::Constant;
    /// In [0, 1); above 0 the phase is judged, kept and left with an exponential moving average of its
    /// weights (Keras's ema_momentum).
    double emaMomentum = 0;
    EarlyStopping earlyStopping;
    ReduceOnPlateau reduceOnPlateau;    ///< with the schedule Constant alone
    int unfreeze = 0;                   ///< how many of the base's last layers train, pools counted, 0–18
    std::vector<std::string> trainable; ///< instead of `unfreeze` when `usesTrainable`
    bool usesTrainable = false;
    StartFrom startFrom = StartFrom::End;

    FreezePlan freezePlan() const; ///< @throws Error RecipeInvalid
    /// Tensors that the optimizer keeps for each one that trains.
    int optimizerSlots() const;
    /// @param done share of the phase's steps that were taken before, in [0, 1]
    double learningRateAt(double done) const;
    bool operator==(const PhaseRecipe&) const = default;
};

/// Everything that decides a result. Plain values; the window edits one, recipe.json stores one.
struct Recipe
{
    int version = recipeVersion;
    std::string name = "book";
    int inputSize = 180;    ///< 32–512
    int batchSize = 32;     ///< 1–1024
    std::uint64_t seed = 0; ///< of all that training draws, ≤ maxSeed; the split has its own
    int threads = 0;        ///< 0: physical cores; resolved before a run starts, as a repeat needs the same
    std::string device = "auto";              ///< "auto", "cpu", "cuda", "cuda:N"
    Precision precision = Precision::Float32; ///< of frozen layers
    Precision trainedPrecision =
        Precision::Float32;           ///< of layers that train; validation and test are float32
    std::string weights = "imagenet"; ///< "imagenet", "none", a catalog name or a file
    std::string weightsHash;          ///< BaseWeights::hash as used; empty before a run
    /// Start with the head in the weights' file too, which must be a model of Thaw's with the same head for
    /// the same classes.
    bool withHead = false;
    double width = 1.0; ///< of the base relative to the published one, in (0, 1]; other than 1 only with
                        ///< weights of that width or none
    HeadKind head = HeadKind::Book;
    double dropout = 0.5; ///< [0, 0.95]
    OutputInitializer outputInitializer = OutputInitializer::GlorotUniform;
    ResizeRule resize = ResizeRule::Stretch;
    bool exif = true;
    DctMethod dctMethod = DctMethod::Accurate;
    bool keepValidationFeatures =
        false; ///< compute what frozen layers give for validation pictures once, not each epoch
    ClassWeights classWeights = ClassWeights::None; ///< of training pictures; validation and test count alike
    /// In [0, 1): targets y become y(1−s) + s/K, in training and validation losses, as in Keras's fit(). The
    /// test's loss is without it.
    double labelSmoothing = 0;
    SplitShares split;
    AugmentationSpec augmentation;
    std::vector<PhaseRecipe> phases;
    std::string unknownKeys; ///< JSON object with keys that this version does not know; survives a rewrite

    /// Whether the weights are the user's file or a catalog's, which may hold a head.
    bool hasWeightsFile() const { return weights != "imagenet" && weights != "none"; }
    int epochs() const; ///< of all phases
    TransformSpec transform() const { return {inputSize, resize, exif, dctMethod}; }
    /// The head of a network for `classes` classes, at least two.
    HeadSpec headSpec(int classes) const;
    bool operator==(const Recipe&) const = default;
};

/// 50 epochs of the head at 1e-3, 30 of head and block5 at 1e-5; float32, fresh augmentation. Exactly the
/// source's.
Recipe bookRecipe();
/// The same in 3 + 3 epochs, bfloat16 where it is faster, validation features kept.
Recipe quickRecipe();
/// The book's length with a few stored views of each picture in place of fresh ones, in the arithmetic of
/// quick.
Recipe fastRecipe();
/// Thaw's own, for the highest accuracy in less time than the book's takes. docs/lab/results.md has the
/// experiments behind it.
Recipe bestRecipe();
/// All of these, in the order to offer them.
const std::vector<Recipe>& builtInRecipes();

/// A mistake in a recipe, at its field.
struct RecipeIssue
{
    std::string field;   ///< the path as --set writes it: "phases.0.epochs"
    std::string message; ///< "must be between 1 and 10000, is 0"

    bool operator==(const RecipeIssue&) const = default;
};

/// All mistakes at once; empty when the recipe can be run.
std::vector<RecipeIssue> checkRecipe(const Recipe& recipe);

/// Learning rates above it are cautioned: RMSprop moves every weight by about the rate at each step.
inline constexpr double highLearningRate = 0.1;

/// Values that can be run but are probably a mistake, each at its field.
std::vector<RecipeIssue> cautionsOf(const Recipe& recipe);

/// Result of reading a recipe, with all mistakes in the text (wrong types, bad values, checkRecipe's
/// findings).
struct RecipeReading
{
    Recipe recipe;
    std::vector<RecipeIssue> issues;
};

/// @param path for messages
/// @throws Error RecipeInvalid when the text is not a JSON object at all, or of a newer version
RecipeReading parseRecipe(std::string_view json, const std::filesystem::path& path = {});
/// Indented JSON with every field, fixed order, unknown keys last.
std::string formatRecipe(const Recipe& recipe);

/// A built-in by name, else a file. Issues in the file are all listed in the error.
/// @throws Error FileNotFound, FileUnreadable, RecipeInvalid
Recipe loadRecipe(const std::string& nameOrFile);

/// Sets one field by path: "phases.0.epochs", "augmentation.rotation". `value` is JSON, or a bare word for a
/// text field.
/// @throws Error Usage (no such field; lists near ones), RecipeInvalid (wrong type)
void setRecipeField(Recipe& recipe, std::string_view path, std::string_view value);

/// One Error that lists all issues. @pre !issues.empty()
Error recipeError(const std::vector<RecipeIssue>& issues, const std::filesystem::path& path);

} // namespace thaw

#include "core/experiment/recipe.h"

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/number_text.h"
#include "core/experiment/recipe_fields.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

namespace thaw {

namespace {

constexpr std::uint64_t fileLimit = 1 << 20;

} // namespace

const char* nameOf(StartFrom startFrom)
{
    return startFrom == StartFrom::End ? "end" : "best";
}

const char* nameOf(RateSchedule schedule)
{
    return schedule == RateSchedule::Constant ? "constant" : "cosine";
}

const char* nameOf(OptimizerKind kind)
{
    switch (kind) {
    case OptimizerKind::Rmsprop:
        return "rmsprop";
    case OptimizerKind::Sgd:
        return "sgd";
    case OptimizerKind::Adam:
        return "adam";
    case OptimizerKind::Adamw:
        break;
    }
    return "adamw";
}

const char* nameOf(ClassWeights weights)
{
    return weights == ClassWeights::None ? "none" : "balanced";
}

int PhaseRecipe::optimizerSlots() const
{
    switch (optimizer) {
    case OptimizerKind::Rmsprop:
        return 1;
    case OptimizerKind::Sgd:
        return momentum > 0 ? 1 : 0;
    case OptimizerKind::Adam:
    case OptimizerKind::Adamw:
        break;
    }
    return 2;
}

double PhaseRecipe::learningRateAt(double done) const
{
    return schedule == RateSchedule::Constant ? learningRate
                                              : learningRate * (1 + std::cos(std::numbers::pi * done)) / 2;
}

FreezePlan PhaseRecipe::freezePlan() const
{
    return usesTrainable ? FreezePlan::trainableLayers(trainable) : FreezePlan::unfreezeLast(unfreeze);
}

Recipe bookRecipe()
{
    Recipe recipe;
    PhaseRecipe head;
    head.name = "head";
    head.epochs = 50;
    head.learningRate = 1e-3;
    PhaseRecipe joint;
    joint.name = "joint";
    joint.epochs = 30;
    joint.learningRate = 1e-5;
    joint.unfreeze = 4;
    recipe.phases = {head, joint};
    recipe.keepValidationFeatures = true;
    return recipe;
}

Recipe quickRecipe()
{
    Recipe recipe = bookRecipe();
    recipe.name = "quick";
    recipe.precision = Precision::Auto;
    for (PhaseRecipe& phase : recipe.phases) {
        phase.epochs = 3;
    }
    return recipe;
}

Recipe fastRecipe()
{
    Recipe recipe = bookRecipe();
    recipe.name = "fast";
    recipe.precision = Precision::Auto;
    recipe.trainedPrecision = Precision::Auto;
    recipe.augmentation.views = 8;
    return recipe;
}

Recipe bestRecipe()
{
    Recipe recipe = fastRecipe();
    recipe.name = "best";
    recipe.inputSize = 288;
    recipe.head = HeadKind::AverageMax;
    recipe.dropout = 0.25;
    recipe.augmentation.rotation = 0.05;
    recipe.phases[0].epochs = 30;
    recipe.phases[1].epochs = 8;
    for (PhaseRecipe& phase : recipe.phases) {
        phase.schedule = RateSchedule::Cosine;
        phase.emaMomentum = 0.99;
    }
    return recipe;
}

const std::vector<Recipe>& builtInRecipes()
{
    static const std::vector<Recipe> recipes{quickRecipe(), bookRecipe(), fastRecipe(), bestRecipe()};
    return recipes;
}

std::vector<RecipeIssue> checkRecipe(const Recipe& recipe)
{
    std::vector<RecipeIssue> issues;
    const auto add = [&](const std::string& field, const std::string& message) {
        if (!message.empty()) {
            issues.push_back({field, message});
        }
    };
    for (const auto& field : recipeFields()) {
        add(field.name, field.check(recipe));
    }
    if (recipe.split.validation < 1 && recipe.split.test < 1 &&
        recipe.split.validation + recipe.split.test >= 1) {
        add("split.test",
            "must leave pictures to train on: split.validation and split.test must sum to less than 1");
    }
    if (recipe.width != 1 && recipe.weights == "imagenet") {
        add("width", "must be 1 with the ImageNet weights, which have no other width");
    }
    if (recipe.withHead && !recipe.hasWeightsFile()) {
        add("with_head", "must not be chosen with these weights: \"" + recipe.weights + "\" has no head");
    }
    if (recipe.phases.empty()) {
        add("phases", "must hold at least one phase");
    }
    if (recipe.phases.size() > maxPhases) {
        add("phases", "must hold at most " + std::to_string(maxPhases) + " phases");
    }
    for (std::size_t i = 0; i < std::min(recipe.phases.size(), maxPhases); ++i) {
        const PhaseRecipe& phase = recipe.phases[i];
        const std::string prefix = "phases." + std::to_string(i) + ".";
        for (const auto& field : phaseFields()) {
            add(prefix + field.name, field.check(phase));
        }
        if (phase.momentum > 0 && phase.optimizer != OptimizerKind::Sgd) {
            add(prefix + "momentum", "must be 0 with the optimizer " + std::string(nameOf(phase.optimizer)));
        }
        if (phase.nesterov && !(phase.momentum > 0)) {
            add(prefix + "nesterov", "must be false without momentum");
        }
        if (phase.reduceOnPlateau.patience > 0 && phase.schedule != RateSchedule::Constant) {
            add(prefix + "reduce_on_plateau.patience", "must be 0 with the schedule " +
                                                           std::string(nameOf(phase.schedule)) +
                                                           ", which sets the rate itself");
        }
    }
    return issues;
}

HeadSpec Recipe::headSpec(int classes) const
{
    return {head, std::max(2, classes), dropout, featureSide(inputSize),
            scaledBackbone(width).channels.back()};
}

int Recipe::epochs() const
{
    int all = 0;
    for (const PhaseRecipe& phase : phases) {
        all += phase.epochs;
    }
    return all;
}

std::vector<RecipeIssue> cautionsOf(const Recipe& recipe)
{
    std::vector<RecipeIssue> cautions;
    for (std::size_t i = 0; i < recipe.phases.size(); ++i) {
        const double rate = recipe.phases[i].learningRate;
        if (rate > highLearningRate) {
            cautions.push_back({"phases." + std::to_string(i) + ".learning_rate",
                                "is very high: above " + numberText(highLearningRate) +
                                    " training seldom works, is " + numberText(rate)});
        }
    }
    return cautions;
}

Recipe loadRecipe(const std::string& nameOrFile)
{
    std::string names;
    for (const Recipe& recipe : builtInRecipes()) {
        if (nameOrFile == recipe.name) {
            return recipe;
        }
        names += (names.empty() ? "" : ", ") + recipe.name;
    }
    std::string text;
    try {
        text = readTextFile(nameOrFile, fileLimit);
    } catch (const Error& error) {
        if (error.code() != ErrorCode::FileNotFound) {
            throw;
        }
        throw Error(error.code(), nameOrFile, "there is no such recipe file",
                    "give a file, or one of the built-in recipes: " + names);
    }
    RecipeReading reading = parseRecipe(text, nameOrFile);
    if (!reading.issues.empty()) {
        throw recipeError(reading.issues, nameOrFile);
    }
    return std::move(reading.recipe);
}

Error recipeError(const std::vector<RecipeIssue>& issues, const std::filesystem::path& path)
{
    std::string detail;
    for (const RecipeIssue& issue : issues) {
        detail += (detail.empty() ? "" : "; ") + issue.field + " " + issue.message;
    }
    return Error(ErrorCode::RecipeInvalid, path, detail);
}

} // namespace thaw

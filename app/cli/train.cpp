#include "app/cli/compute_flags.h"
#include "app/cli/dataset_report.h"
#include "app/cli/exit_status.h"
#include "app/cli/remedy_words.h"
#include "app/cli/seed_option.h"
#include "app/cli/text.h"
#include "app/cli/train_printer.h"
#include "app/cli/verbs.h"
#include "core/base/error.h"
#include "core/base/paths.h"
#include "core/compute/compute_device.h"
#include "core/data/dataset/dataset_index.h"
#include "core/model/weights/weights_catalog.h"
#include "core/run/model_source.h"
#include "core/run/run_store.h"
#include "core/train/start/prepare_run.h"
#include "core/train/start/resume_run.h"
#include "core/train/trainer.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <system_error>

namespace thaw::cli {

namespace fs = std::filesystem;

namespace {

constexpr double gibibyte = 1024.0 * 1024 * 1024;

struct TrainArguments
{
    std::string dataset;
    std::string recipe = "book";
    std::vector<std::string> settings;
    std::string weights;
    std::string out;
    std::optional<std::uint64_t> seed;
    std::string resume;
    bool acceptChanges = false;
    bool acceptLosses = false;
    double rateFactor = 1;
    bool finishNow = false;
    double checkpointEvery = SaveOptions{}.checkpointAtLeastEvery;
    double cacheLimit = static_cast<double>(SaveOptions{}.otherBanksLimit) / gibibyte;
    bool withHead = false;
    ComputeFlags compute;
    bool json = false;
    bool progress = false; ///< of events
};

SaveOptions savingOf(const TrainArguments& options)
{
    SaveOptions saving = SaveOptions::atLeastEvery(options.checkpointEvery);
    saving.otherBanksLimit = static_cast<std::uint64_t>(options.cacheLimit * gibibyte);
    return saving;
}

/// The recipe file, then --set in order, then the flags. All mistakes are told at once.
Recipe recipeOf(const TrainArguments& options)
{
    Recipe recipe = loadRecipe(options.recipe);
    std::vector<RecipeIssue> issues;
    for (const std::string& setting : options.settings) {
        const std::size_t equals = setting.find('=');
        if (equals == std::string::npos || equals == 0) {
            throw Error(ErrorCode::Usage, {}, "--set " + setting + " is not PATH=VALUE",
                        "write it like --set phases.0.epochs=3");
        }
        const std::string path = setting.substr(0, equals);
        try {
            setRecipeField(recipe, path, setting.substr(equals + 1));
        } catch (const Error& error) {
            if (error.kind() == ErrorKind::Usage) {
                throw;
            }
            issues.push_back({path, error.detail()});
        }
    }
    recipe.weights = options.weights.empty() ? recipe.weights : options.weights;
    if (options.withHead && !recipe.hasWeightsFile()) {
        throw Error(ErrorCode::Usage, {}, "--with-head needs the file that holds the head",
                    "name a model that Thaw trained with --weights FILE");
    }
    recipe.withHead = recipe.withHead || options.withHead;
    recipe.device = options.compute.device.empty() ? recipe.device : options.compute.device;
    recipe.seed = options.seed.value_or(recipe.seed);
    recipe.threads = options.compute.threads.value_or(recipe.threads);
    recipe.precision = precisionFromName(options.compute.precision).value_or(recipe.precision);
    if (recipe.precision == Precision::Auto && recipe.name == "book") {
        // The book's arithmetic is float32 unless another is asked for by name.
        recipe.precision = Precision::Float32;
    }
    for (RecipeIssue& issue : checkRecipe(recipe)) {
        issues.push_back(std::move(issue));
    }
    if (!issues.empty()) {
        throw recipeError(issues, options.recipe);
    }
    return recipe;
}

int stoppedEarly(Context& context)
{
    context.status.print("Stopped before the training began; nothing was written.");
    return exitStopped;
}

int ended(const RunRecord& record, const fs::path& folder, TrainPrinter& printer, Context& context)
{
    printer.finished(record, folder);
    switch (record.state) {
    case RunState::Finished:
        return exitDone;
    case RunState::Stopped:
    case RunState::Running:
        context.status.print("Stopped; everything is saved. Resume with: thaw-cli train --resume " +
                             shellWord(folder) +
                             (keptEpoch(record) ? ", or add --finish-now to test what there is" : ""));
        return exitStopped;
    case RunState::Failed:
        break;
    }
    const auto code = errorCodeFromName(record.errorCode);
    const std::string remedy =
        code == ErrorCode::TrainingDiverged ? " (" + remedyText(Remedy::LowerRate) + ")" : std::string();
    context.status.print("thaw-cli: " + folder.string() + ": the training failed: " + record.error + remedy);
    return code ? exitStatusOf(kindOf(*code)) : exitFailed;
}

/// Somebody named these weights: by a flag, or in a recipe that holds the hash of a run's.
bool weightsAreAskedFor(const TrainArguments& options, const Recipe& recipe)
{
    const auto setsWeights = [](const std::string& setting) { return setting.starts_with("weights="); };
    return !options.weights.empty() || !recipe.weightsHash.empty() ||
           std::any_of(options.settings.begin(), options.settings.end(), setsWeights);
}

int trainNew(const TrainArguments& options, Context& context)
{
    RunOrder order;
    order.recipe = recipeOf(options);
    order.dataset = options.dataset;
    order.folder = options.out;
    order.runsRoot = defaultRunsFolder();
    order.saving = savingOf(options);
    order.acceptLosses = options.acceptLosses;
    order.mayDoWithoutWeights = !weightsAreAskedFor(options, order.recipe);
    setThreadCount(order.recipe.threads);
    order.recipe.threads = threadCount();
    resolveDevice(order.recipe.device);

    TrainPrinter printer(context, {options.json, options.progress}, order.recipe);
    for (const RecipeIssue& caution : cautionsOf(order.recipe)) {
        printer.noticeGiven(notice(NoticeCode::RecipeCaution, {caution.field, caution.message}));
    }
    PrepareObserver observer;
    observer.noticed = [&](const Notice& notice) { printer.noticeGiven(notice); };
    // One bar after another on the status line.
    ProgressCallback bar;
    observer.begun = [&](Preparation what) {
        if (what != Preparation::Run) {
            bar = context.status.progressOf(what == Preparation::Dataset ? "Reading pictures"
                                                                         : "Fetching weights");
        }
    };
    observer.progressed = [&](const Progress& progress) {
        if (bar) {
            bar(progress);
        }
    };
    observer.scanned = [&](const DatasetIndex& dataset) {
        context.status.print(
            counted(static_cast<std::int64_t>(dataset.samples.size()), "picture", "pictures") + " in " +
            counted(static_cast<std::int64_t>(dataset.classes.size()), "class", "classes") + ": " +
            shownClasses(dataset.classes));
        reportProblems(dataset, options.dataset, context.status);
    };
    const auto prepared = prepareRun(order, observer, context.stop);
    if (!prepared) {
        return stoppedEarly(context);
    }
    const fs::path& folder = prepared->request.folder;
    return ended(trainRun(prepared->request, printer, context.stop), folder, printer, context);
}

int resume(const TrainArguments& options, Context& context)
{
    const fs::path folder = findRun(options.resume, defaultRunsFolder());
    const SavedRun run = loadRun(folder);
    if (!options.dataset.empty() && run.record.state == RunState::Finished) {
        std::error_code ignored;
        const fs::path given = fs::weakly_canonical(options.dataset, ignored);
        if (given != fs::weakly_canonical(run.record.datasetPath, ignored)) {
            throw Error(ErrorCode::RunDiffers, options.dataset,
                        "this run was trained on another data set: " + run.record.datasetPath,
                        "leave DATASET out, or begin a new run");
        }
    }
    if (run.record.state == RunState::Finished) {
        context.status.print("This run is finished; nothing was done. To train on from its weights: thaw-cli "
                             "train DATASET --weights " +
                             shellWord(RunFiles{folder}.best()) + " --with-head");
    }
    setThreadCount(run.recipe.threads);
    TrainPrinter printer(context, {options.json, options.progress}, run.recipe);
    ResumeOptions how;
    how.acceptChanges = options.acceptChanges;
    how.acceptLosses = options.acceptLosses;
    how.saving = savingOf(options);
    how.movedTo = options.dataset;
    how.rateFactor = options.rateFactor;
    how.finishNow = options.finishNow;
    return ended(resumeRun(folder, how, printer, context.stop), folder, printer, context);
}

int train(const TrainArguments& options, Context& context)
{
    if (!options.resume.empty()) {
        return resume(options, context);
    }
    if (options.dataset.empty()) {
        throw Error(ErrorCode::Usage, {}, "DATASET is missing",
                    "name a folder of pictures; thaw-cli sample gets one to try with");
    }
    return trainNew(options, context);
}

} // namespace

Action addTrain(CLI::App& command)
{
    const auto options = std::make_shared<TrainArguments>();
    command.add_option(
        "DATASET", options->dataset,
        "Folder of pictures: a folder a class, or train/validation/test folders of them, or a split.csv");
    std::vector<CLI::Option*> ofNewRuns;
    ofNewRuns.push_back(
        command.add_option("--recipe", options->recipe,
                           "book (50 + 30 epochs), quick (3 + 3), fast (50 + 30 on stored views), "
                           "best (its own size, head and epochs) or a recipe file"));
    ofNewRuns.back()->capture_default_str();
    ofNewRuns.push_back(command.add_option(
        "--set", options->settings, "PATH=VALUE: change a field of the recipe, such as phases.0.epochs=3"));
    ofNewRuns.back()->allow_extra_args(false);
    ofNewRuns.push_back(
        command.add_option("--weights", options->weights,
                           "Base to start from: imagenet, none, the name of imported weights, or a file"));
    ofNewRuns.push_back(command.add_flag(
        "--with-head", options->withHead,
        "Start with the head of the --weights file too: a model that Thaw trained, for the same classes"));
    ofNewRuns.push_back(command.add_option("--out", options->out,
                                           "Run folder, new or empty (default: a new one under "
                                           "$XDG_DATA_HOME/thaw/runs)"));
    ofNewRuns.push_back(command.add_option("--seed", options->seed,
                                           "Seed of what training draws; the split has its own, split.seed"));
    checkSeed(*ofNewRuns.back());
    options->compute.addTo(command);
    for (const char* name : {"--device", "--precision", "--threads"}) {
        ofNewRuns.push_back(command.get_option(name));
    }
    command
        .add_option("--checkpoint-every", options->checkpointEvery,
                    "Seconds of work after which a checkpoint is written even within an epoch")
        ->check(CLI::Range(1.0, 86400.0))
        ->capture_default_str();
    command
        .add_option("--cache-limit", options->cacheLimit,
                    "GiB of features stored by other runs that are kept, the longest unused going first")
        ->check(CLI::Range(0.0, 1048576.0))
        ->capture_default_str();
    CLI::Option* resumed =
        command.add_option("--resume", options->resume, "Go on with this stopped run, a folder or a name")
            ->check([](const std::string& run) { return std::string(run.empty() ? "no run is named" : ""); });
    for (CLI::Option* option : ofNewRuns) {
        resumed->excludes(option);
    }
    command
        .add_flag(
            "--accept-changes", options->acceptChanges,
            "With --resume: go on although data, weights or program differ. Pictures that were there keep "
            "their split")
        ->needs(resumed);
    CLI::Option* factor =
        command
            .add_option(
                "--rate-factor", options->rateFactor,
                "With --resume: multiply the learning rate of what is left to train, such as 0.1 after "
                "the loss went astray")
            ->needs(resumed);
    command
        .add_flag("--finish-now", options->finishNow,
                  "With --resume: train no further; test the best weights there are and finish the run")
        ->needs(resumed)
        ->excludes(factor);
    command.add_flag("--accept-losses", options->acceptLosses,
                     "Start or go on although more than a twentieth of the pictures, or a whole class of a "
                     "split, is missing or cannot be read");
    CLI::Option* const json = command.add_flag("--json", options->json, "Print one JSON event a line");
    command.add_flag("--progress", options->progress, "With --json: how far it is, too, about once a second")
        ->needs(json);
    command.footer(
        "A flag beats --set, which beats the recipe. Ctrl-C finishes the batch in hand, saves, and says how\n"
        "to go on; a second one, half a second or more later, leaves at once: status 131, nothing saved\n"
        "beyond the last checkpoint.");
    return [options](Context& context) { return train(*options, context); };
}

} // namespace thaw::cli

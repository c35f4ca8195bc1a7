#include "app/cli/exit_status.h"
#include "app/cli/run_summary.h"
#include "app/cli/runs_compare.h"
#include "app/cli/text.h"
#include "app/cli/verbs.h"
#include "core/base/number_text.h"
#include "core/base/paths.h"
#include "core/base/percent_text.h"
#include "core/experiment/recipe_fields.h"
#include "core/run/model_source.h"
#include "core/run/run_store.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>

namespace thaw::cli {

namespace {

struct RunsArguments
{
    std::string root;
    std::string run;
    std::vector<std::string> compared;
    bool json = false;

    std::filesystem::path rootFolder() const
    {
        return root.empty() ? defaultRunsFolder() : std::filesystem::path(root);
    }
};

std::string keptText(const RunRecord& record)
{
    const BestEpoch* kept = keptEpoch(record);
    return kept ? validationText(record, *kept) : "–";
}

// {runs: [as summaryOf(), newest first], broken: [{run, reason}]}
int list(const RunsArguments& options, Context& context)
{
    const RunListing listing = listRuns(options.rootFolder());
    if (options.json) {
        Json runs = Json::array();
        for (const SavedRun& run : listing.runs) {
            runs.push_back(summaryOf(run));
        }
        Json broken = Json::array();
        for (const BrokenRun& run : listing.broken) {
            broken.push_back({{"run", run.folder.string()}, {"reason", run.reason}});
        }
        Json object;
        object["runs"] = std::move(runs);
        object["broken"] = std::move(broken);
        context.out.writeObject(object);
        return exitDone;
    }
    if (listing.runs.empty()) {
        context.out.write("No runs in " + printable(options.rootFolder().string()) + ".\n");
    } else {
        Table table({{"run"},
                     {"state"},
                     {"recipe"},
                     {"epochs", Align::Right},
                     {"kept val accuracy", Align::Right},
                     {"test accuracy", Align::Right},
                     {"started (UTC)"}});
        for (const SavedRun& run : listing.runs) {
            table.addRow(
                {printable(run.folder.filename().string()), nameOf(run.record.state),
                 printable(run.recipe.name), std::to_string(run.history.size()),
                 printable(keptText(run.record)),
                 accuracyText(testScore(run.record).accuracy, testScore(run.record).images) +
                     (testScore(run.record).images > 0 ? printable(measuredText(run.record)) : std::string()),
                 printable(run.record.startedAt)});
        }
        context.out.write(table.text());
    }
    for (const BrokenRun& run : listing.broken) {
        context.status.print("cannot be read: " + run.folder.string() + ": " + run.reason);
    }
    return exitDone;
}

// What runs list says of it, and {data_set, classes, images: {train, validation, test}, weights, device,
// precision, threads, trained_seconds, best: [{phase, epoch, val_loss, val_accuracy}], test: {split, images,
// images_by_class, correct_by_class, loss, accuracy, phase} | null, excluded: [{path, reason}], error,
// history: [{phase, epoch, loss, accuracy, val_loss, val_accuracy, learning_rate, seconds}], settings: the
// recipe}
Json detailsOf(const SavedRun& run)
{
    const RunRecord& record = run.record;
    Json object = summaryOf(run);
    object["data_set"] = record.datasetPath;
    object["classes"] = record.classes;
    for (std::size_t part = 0; part < allSplits.size(); ++part) {
        object["images"][nameOf(allSplits[part])] = record.counts[part];
    }
    object["weights"] = record.weightsSource;
    object["device"] = record.device;
    object["precision"] = record.precision;
    object["threads"] = record.threads;
    object["trained_seconds"] = record.trainedSeconds;
    object["best"] = Json::array();
    for (const BestEpoch& best : record.best) {
        object["best"].push_back({{"phase", best.phase},
                                  {"epoch", best.epoch},
                                  {"val_loss", best.valLoss},
                                  {"val_accuracy", best.valAccuracy},
                                  {"images", best.images},
                                  {"measured_again", best.measuredAgain}});
    }
    object["test"] = nullptr;
    if (record.test) {
        object["test"] = {{"split", record.test->split},
                          {"images", record.test->score.images},
                          {"split_images", record.test->splitImages},
                          {"unmeasured", record.test->unmeasured},
                          {"images_by_class", record.test->imagesByClass},
                          {"correct_by_class", record.test->correctByClass},
                          {"loss", record.test->score.loss},
                          {"accuracy", record.test->score.accuracy},
                          {"phase", record.test->phase}};
    }
    object["excluded"] = Json::array();
    for (const ExcludedImage& image : record.excluded) {
        object["excluded"].push_back({{"path", image.path}, {"reason", image.reason}});
    }
    object["error"] = record.error;
    object["history"] = Json::array();
    for (const EpochMetrics& epoch : run.history) {
        object["history"].push_back({{"phase", epoch.phase},
                                     {"epoch", epoch.epoch},
                                     {"loss", epoch.loss},
                                     {"accuracy", epoch.accuracy},
                                     {"val_loss", epoch.valLoss},
                                     {"val_accuracy", epoch.valAccuracy},
                                     {"learning_rate", epoch.learningRate},
                                     {"seconds", epoch.seconds}});
    }
    object["settings"] = Json::parse(formatRecipe(run.recipe), nullptr, false);
    return object;
}

std::string countsText(const RunRecord& record)
{
    std::vector<std::string> parts;
    for (std::size_t part = 0; part < allSplits.size(); ++part) {
        std::size_t sum = 0;
        for (const std::size_t count : record.counts[part]) {
            sum += count;
        }
        parts.push_back(grouped(static_cast<std::int64_t>(sum)) + " " + nameOf(allSplits[part]));
    }
    return joined(parts);
}

/// "class_weights balanced, dropout 0.25": what is other than by default and means something, but for what
/// the table says elsewhere. "–" for nothing.
template <typename T>
std::string changedText(const std::vector<Field<T>>& fields, const T& source, const T& defaults,
                        const std::vector<std::string>& saidElsewhere)
{
    std::vector<std::string> parts;
    for (const Field<T>& field : fields) {
        const bool isSaid = std::ranges::find(saidElsewhere, field.name) != saidElsewhere.end();
        const FieldValue value = field.get(source);
        if (!isSaid && field.isWritten(source) && value != field.get(defaults)) {
            parts.push_back(field.name + " " + valueText(value));
        }
    }
    return parts.empty() ? "–" : printable(joined(parts));
}

void printDetails(Output& out, const SavedRun& run)
{
    const RunRecord& record = run.record;
    Table facts({{}, {}});
    facts.addRow({"run", printable(run.folder.string())});
    facts.addRow(
        {"state", nameOf(record.state) + (record.error.empty() ? "" : ": " + printable(record.error))});
    facts.addRow(
        {"started", printable(record.startedAt) + ", trained for " + duration(record.trainedSeconds)});
    facts.addRow({"recipe", printable(run.recipe.name) + ", seed " + std::to_string(run.recipe.seed) +
                                ", input " + std::to_string(run.recipe.inputSize) + ", batch " +
                                std::to_string(run.recipe.batchSize) + ", head " + nameOf(run.recipe.head)});
    facts.addRow(
        {"not as in book", changedText(recipeFields(), run.recipe, bookRecipe(),
                                       {"version", "name", "seed", "input_size", "batch_size", "head",
                                        "weights", "weights_hash", "device", "precision", "threads"})});
    facts.addRow({"weights", printable(record.weightsSource)});
    facts.addRow({"data set", printable(record.datasetPath)});
    facts.addRow({"pictures", countsText(record)});
    facts.addRow({"classes", printable(joined(record.classes))});
    facts.addRow({"computed", printable(record.device) + ", " + printable(record.precision) + ", " +
                                  counted(record.threads, "thread", "threads")});
    out.write(facts.text() + "\n");

    const auto& validation = record.counts[static_cast<std::size_t>(Split::Validation)];
    const bool hasValidation =
        std::any_of(validation.begin(), validation.end(), [](std::size_t count) { return count > 0; });
    Table phases({{"phase"},
                  {"epochs", Align::Right},
                  {"learning rate", Align::Right},
                  {"trains"},
                  {"best epoch", Align::Right},
                  {hasValidation ? "val loss" : "train loss", Align::Right},
                  {"val accuracy", Align::Right},
                  {"other settings"}});
    for (std::size_t i = 0; i < run.recipe.phases.size(); ++i) {
        const PhaseRecipe& phase = run.recipe.phases[i];
        std::vector<std::string> cells{std::to_string(i + 1) + " " + printable(phase.name),
                                       std::to_string(phase.epochs), numberText(phase.learningRate),
                                       phase.usesTrainable ? printable(joined(phase.trainable))
                                                           : "last " + std::to_string(phase.unfreeze)};
        for (const BestEpoch& best : record.best) {
            if (best.phase == static_cast<int>(i) + 1 && best.epoch > 0) {
                cells.insert(cells.end(), {std::to_string(best.epoch), decimal(best.valLoss),
                                           printable(validationText(record, best))});
            }
        }
        cells.resize(7, "");
        cells.push_back(changedText(phaseFields(), phase, PhaseRecipe{},
                                    {"name", "epochs", "learning_rate", "unfreeze", "trainable"}));
        phases.addRow(cells);
    }
    out.write(phases.text());
    if (record.test) {
        out.write("\n" + printable(record.test->split) + ": accuracy " +
                  accuracyText(record.test->score.accuracy, record.test->score.images) + ", loss " +
                  decimal(record.test->score.loss) + " on " +
                  counted(record.test->score.images, "picture", "pictures") +
                  printable(measuredText(record)) + "\n");
    }
    if (!record.excluded.empty()) {
        out.write("\n" + counted(static_cast<std::int64_t>(record.excluded.size()), "picture", "pictures") +
                  " left out:\n");
        for (const ExcludedImage& image : record.excluded) {
            out.write("  " + printable(image.path + ": " + image.reason) + "\n");
        }
    }
}

int show(const RunsArguments& options, Context& context)
{
    const SavedRun run = loadRun(findRun(options.run, options.rootFolder()));
    if (options.json) {
        context.out.writeObject(detailsOf(run));
    } else {
        printDetails(context.out, run);
    }
    return exitDone;
}

int compare(const RunsArguments& options, Context& context)
{
    std::vector<SavedRun> runs;
    for (const std::string& run : options.compared) {
        runs.push_back(loadRun(findRun(run, options.rootFolder())));
    }
    if (options.json) {
        context.out.writeObject(comparisonOf(runs));
    } else {
        context.out.write(comparisonText(runs));
    }
    return exitDone;
}

} // namespace

Action addRuns(CLI::App& command)
{
    const auto options = std::make_shared<RunsArguments>();
    command.require_subcommand(1);
    const auto addCommon = [&options](CLI::App* verb) {
        verb->add_option("--root", options->root,
                         "Folder that holds the runs (default: $XDG_DATA_HOME/thaw/runs)");
        verb->add_flag("--json", options->json, "Print one JSON object");
    };
    addCommon(command.add_subcommand("list", "List the saved runs, newest first"));
    CLI::App* shown = command.add_subcommand("show", "Show a run's settings, best epochs and test result");
    shown->add_option("RUN", options->run, "Run folder, or its name under the root")->required();
    addCommon(shown);
    CLI::App* compared =
        command.add_subcommand("compare", "Show runs' results and the settings in which they differ");
    compared->add_option("RUN", options->compared, "Two or more run folders, or their names under the root")
        ->required()
        ->expected(2, CLI::detail::expected_max_vector_size);
    addCommon(compared);
    return [options, shown, compared](Context& context) {
        return shown->parsed()      ? show(*options, context)
               : compared->parsed() ? compare(*options, context)
                                    : list(*options, context);
    };
}

} // namespace thaw::cli

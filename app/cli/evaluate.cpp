#include "app/cli/compute_flags.h"
#include "app/cli/exit_status.h"
#include "app/cli/model_source.h"
#include "app/cli/text.h"
#include "app/cli/verbs.h"
#include "core/base/error.h"
#include "core/data/dataset_index.h"
#include "core/evaluate/evaluation.h"

#include <CLI/CLI.hpp>

#include <memory>

namespace thaw::cli {

namespace {

struct EvaluateArguments
{
    std::string run;
    std::string dataset;
    std::string split;
    ComputeFlags compute;
    bool json = false;
};

/// The split asked for, else test where there is one, else validation.
Split chosenSplit(const std::string& asked, const DatasetIndex& dataset)
{
    if (!asked.empty()) {
        return splitFromName(asked).value();
    }
    for (const Split split : {Split::Test, Split::Validation}) {
        if (!dataset.indicesOf(split).empty()) {
            return split;
        }
    }
    throw Error(ErrorCode::DatasetInvalid, dataset.root, "it has neither test nor validation pictures",
                "choose --split train, or add a test folder");
}

void printText(Output& out, const Evaluation& evaluation)
{
    out.write(evaluation.split + ": " + counted(evaluation.score.images, "picture", "pictures") +
              ", accuracy " + percent(evaluation.score.accuracy) + ", loss " +
              decimal(evaluation.score.loss) + "\n\n");
    std::vector<Table::Column> columns{{"true \\ predicted"}};
    for (const std::string& name : evaluation.classes) {
        columns.push_back({printable(name), Align::Right});
    }
    columns.push_back({"right", Align::Right});
    Table table(columns);
    for (std::size_t truth = 0; truth < evaluation.confusion.size(); ++truth) {
        std::vector<std::string> cells{printable(evaluation.classes[truth])};
        std::int64_t all = 0;
        for (const int count : evaluation.confusion[truth]) {
            cells.push_back(grouped(count));
            all += count;
        }
        cells.push_back(all == 0 ? "–" : percent(double(evaluation.confusion[truth][truth]) / double(all)));
        table.addRow(cells);
    }
    out.write(table.text());
}

void warnOfOtherSplit(const ModelSource& source, const DatasetIndex& dataset, StatusLine& status)
{
    if (source.run && dataset.layout == DatasetLayout::ClassFolders &&
        source.run->record.datasetFingerprint != dataset.fingerprint)
    {
        status.print(
            "Note: these are not the pictures of the run, so the seeded split is not the run's; if the data "
            "sets overlap, some pictures measured here may have been trained on.");
    }
}

int evaluate(const EvaluateArguments& options, Context& context)
{
    const ModelSource source = openModel(options.run);
    const ComputeOptions compute = options.compute.apply(Precision::Auto);
    std::string folder = options.dataset;
    if (folder.empty()) {
        if (!source.run) {
            throw Error(ErrorCode::Usage, {}, "DATASET is missing",
                        "name the folder of pictures to measure on");
        }
        folder = source.run->record.datasetPath;
    }
    // Shares and seed of the run: a data set without splits of its own is cut as it was for training.
    ScanOptions how;
    how.shares = source.recipe.split;
    how.seed = source.recipe.seed;
    const auto dataset =
        scanDataset(folder, how, context.status.progressOf("Reading pictures"), context.stop);
    if (!dataset) {
        return exitStopped;
    }
    warnOfOtherSplit(source, *dataset, context.status);
    const Split split = chosenSplit(options.split, *dataset);
    const auto result =
        evaluateModel(source.model, *dataset, split, compute,
                      context.status.progressOf(std::string("Evaluating ") + nameOf(split)), context.stop);
    context.status.clear();
    if (!result) {
        return exitStopped;
    }
    if (options.json) {
        Json object;
        object["split"] = result->split;
        object["images"] = result->score.images;
        object["loss"] = result->score.loss;
        object["accuracy"] = result->score.accuracy;
        object["classes"] = result->classes;
        object["confusion"] = result->confusion;
        context.out.writeObject(object);
    } else {
        printText(context.out, *result);
    }
    return exitDone;
}

} // namespace

Action addEvaluate(CLI::App& command)
{
    const auto options = std::make_shared<EvaluateArguments>();
    command.add_option("RUN", options->run, "Run folder, its name, or a .safetensors model file")->required();
    command.add_option("DATASET", options->dataset,
                       "Folder of pictures, or a CSV manifest; the run's own data set when left out");
    command.add_option("--split", options->split, "Which pictures (default: test, else validation)")
        ->check(CLI::IsMember({"train", "validation", "val", "valid", "test"}));
    options->compute.addTo(command);
    command.add_flag("--json", options->json, "Print one JSON object");
    return [options](Context& context) { return evaluate(*options, context); };
}

} // namespace thaw::cli

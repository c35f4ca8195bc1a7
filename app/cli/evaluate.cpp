#include "app/cli/evaluate.h"

#include "app/cli/compute_flags.h"
#include "app/cli/dataset_report.h"
#include "app/cli/exit_status.h"
#include "app/cli/model_source.h"
#include "app/cli/text.h"
#include "app/cli/verbs.h"
#include "core/base/error.h"
#include "core/data/dataset_index.h"
#include "core/evaluate/class_metrics.h"
#include "core/evaluate/evaluation_files.h"

#include <CLI/CLI.hpp>

#include <algorithm>
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
    for (const char* title : {"precision", "recall", "F1"}) {
        columns.push_back({title, Align::Right});
    }
    Table table(columns);
    const std::vector<ClassMetrics> metrics = classMetrics(evaluation.confusion);
    for (std::size_t truth = 0; truth < evaluation.confusion.size(); ++truth) {
        std::vector<std::string> cells{printable(evaluation.classes[truth])};
        for (const int count : evaluation.confusion[truth]) {
            cells.push_back(grouped(count));
        }
        cells.push_back(percent(metrics[truth].precision));
        cells.push_back(percent(metrics[truth].recall));
        cells.push_back(percent(metrics[truth].f1));
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

/// Into the run's folder. One that cannot be written to (another user's, a read-only disk) spoils no result.
void keep(const ModelSource& source, const Evaluation& evaluation, const DatasetIndex& dataset,
          StatusLine& status)
{
    if (!source.run) {
        return;
    }
    try {
        writeEvaluation(source.run->folder, evaluation, dataset);
    } catch (const Error& error) {
        status.print(std::string("Warning: this result is not kept in the run: ") + error.what());
    }
}

int evaluate(const EvaluateArguments& options, Context& context)
{
    const ModelSource source = openModel(options.run);
    const ComputeOptions compute = options.compute.apply();
    std::string folder = options.dataset;
    if (folder.empty()) {
        if (!source.run) {
            throw Error(ErrorCode::Usage, {}, "DATASET is missing",
                        "name the folder of pictures to measure on");
        }
        folder = source.run->record.datasetPath;
    }
    // The run's rule of the split: a data set without splits of its own is cut as it was for training.
    ScanOptions how;
    how.shares = source.recipe.split;
    const auto dataset =
        scanDataset(folder, how, context.status.progressOf("Reading pictures"), context.stop);
    if (!dataset) {
        return exitStopped;
    }
    reportProblems(*dataset, folder, context.status);
    warnOfOtherSplit(source, *dataset, context.status);
    const Split split = chosenSplit(options.split, *dataset);
    const auto result =
        evaluateModel(source.model, *dataset, split, compute,
                      context.status.progressOf(std::string("Evaluating ") + nameOf(split)), context.stop);
    context.status.clear();
    if (!result) {
        return exitStopped;
    }
    for (const std::string& line : leftOutLines(*result)) {
        context.status.print(line);
    }
    if (options.json) {
        context.out.write(formatMeasured(*result));
    } else {
        printText(context.out, *result);
    }
    keep(source, *result, *dataset, context.status);
    return exitDone;
}

} // namespace

std::vector<std::string> leftOutLines(const Evaluation& evaluation)
{
    constexpr std::size_t shown = 20;
    const std::vector<ExcludedImage>& images = evaluation.leftOut;
    if (images.empty()) {
        return {};
    }
    std::vector<std::string> lines{
        "Warning: " + counted(static_cast<std::int64_t>(images.size()), "picture", "pictures") +
        " left out that can no longer be read:"};
    for (std::size_t i = 0; i < std::min(shown, images.size()); ++i) {
        lines.push_back("  " + images[i].path + ": " + images[i].reason);
    }
    if (images.size() > shown) {
        lines.push_back("  … --json lists all");
    }
    return lines;
}

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
    command.footer(
        "With a run folder the result is also kept there, as evaluation.json and predictions.csv.\n"
        "Pictures that can no longer be read are named and left out; if their folder is gone nothing is "
        "kept.");
    return [options](Context& context) { return evaluate(*options, context); };
}

} // namespace thaw::cli

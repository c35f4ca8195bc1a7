#include "app/cli/compute_flags.h"
#include "app/cli/dataset_report.h"
#include "app/cli/evaluation_text.h"
#include "app/cli/exit_status.h"
#include "app/cli/text.h"
#include "app/cli/verbs.h"
#include "core/base/error.h"
#include "core/base/paths.h"
#include "core/data/dataset/dataset_index.h"
#include "core/data/dataset/dataset_scan.h"
#include "core/evaluate/evaluation_files.h"
#include "core/evaluate/kept_evaluation.h"
#include "core/evaluate/measured_pictures.h"
#include "core/run/model_source.h"
#include "core/train/start/measuring_scan.h"

#include <CLI/CLI.hpp>

#include <charconv>
#include <filesystem>
#include <memory>
#include <optional>

namespace thaw::cli {

namespace {

struct EvaluateArguments
{
    std::string run;
    std::string dataset;
    std::string split;
    std::string threshold;
    ComputeFlags compute;
    bool json = false;
};

constexpr const char* noThreshold = "none";

/// "" where it is a number between 0 and 1 or "none", else what is wrong.
std::string problemOfThreshold(const std::string& text)
{
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool isNumber = error == std::errc() && end == text.data() + text.size();
    return text == noThreshold || (isNumber && value >= 0 && value <= 1)
               ? ""
               : "should be a number between 0 and 1, or none";
}

/// The one asked for, else the run's own.
std::optional<ChosenThreshold> thresholdFor(const ModelSource& source, const std::string& asked,
                                            StatusLine& status)
{
    if (asked == noThreshold) {
        return std::nullopt;
    }
    if (!asked.empty()) {
        double value = 0;
        std::from_chars(asked.data(), asked.data() + asked.size(), value);
        return ChosenThreshold{value, "given"};
    }
    if (source.run) {
        try {
            const auto kept = readEvaluation(source.run->folder);
            return kept ? kept->evaluation.threshold : std::nullopt;
        } catch (const Error& error) {
            status.print(std::string("Warning: what was measured before cannot be read: ") + error.what());
        }
    }
    return std::nullopt;
}

/// Into the run's folder. One that cannot be written to (another user's, a read-only disk) spoils no result.
void keep(const ModelSource& source, const Evaluation& evaluation, const DatasetIndex& dataset,
          const MeasuredPictures& measured, StatusLine& status)
{
    if (!source.run) {
        return;
    }
    if (!measured.isRunsOwn) {
        status.print("Note: this result is not kept in the run, which keeps that of its own data set's " +
                     std::string(source.run->record.test ? source.run->record.test->split : "test") +
                     " split.");
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
    const ModelSource source = openModel(findRun(options.run, defaultRunsFolder()));
    const ComputeOptions compute = options.compute.apply();
    std::string folder = options.dataset;
    if (folder.empty()) {
        if (!source.run) {
            throw Error(ErrorCode::Usage, {}, "DATASET is missing",
                        "name the folder of pictures to measure on");
        }
        folder = source.run->record.datasetPath;
    }
    const SavedRun* run = source.run ? &*source.run : nullptr;
    const ScanOptions how = measuringScan(source.recipe, run, folder);
    const auto dataset =
        scanDataset(folder, how, context.status.progressOf("Reading pictures"), context.stop);
    if (!dataset) {
        return exitStopped;
    }
    reportProblems(*dataset, folder, context.status);
    const MeasuredPictures measured = picturesToMeasure(*dataset, picturesOf(run, *dataset), options.split);
    for (const std::string& line : choiceLines(measured, !source.run.has_value())) {
        context.status.print(line);
    }
    auto result = evaluatePictures(source.model, *dataset, measured.part, measured.samples, compute,
                                   context.status.progressOf("Evaluating " + measured.part), context.stop);
    context.status.clear();
    if (!result) {
        return exitStopped;
    }
    result->threshold = thresholdFor(source, options.threshold, context.status);
    for (const auto& lines : {unknownClassLines(*result), leftOutLines(*result)}) {
        for (const std::string& line : lines) {
            context.status.print(line);
        }
    }
    context.out.write(options.json ? formatMeasured(*result) : evaluationText(*result));
    keep(source, *result, *dataset, measured, context.status);
    return exitDone;
}

} // namespace

Action addEvaluate(CLI::App& command)
{
    const auto options = std::make_shared<EvaluateArguments>();
    command.add_option("RUN", options->run, "Run folder, its name, or a .safetensors model file")->required();
    command.add_option("DATASET", options->dataset,
                       "Folder of pictures, or a list of them; the run's own data set when left out");
    command
        .add_option("--split", options->split,
                    "Which pictures (default: test, else validation; all where there are no splits)")
        ->check(CLI::IsMember({"train", "validation", "val", "valid", "test", "all"}));
    command
        .add_option(
            "--threshold", options->threshold,
            "From which probability on an answer counts: of two classes that of the second, of more the\n"
            "largest; none for none (default: the run's own, if it has one)")
        ->check(problemOfThreshold);
    options->compute.addTo(command);
    command.add_flag("--json", options->json, "Print one JSON object");
    command.footer(
        "Pictures that the run was trained on are left out of what is measured as new; --split all takes\n"
        "everything. Classes are matched by name; those that the model does not know are left out and "
        "named.\n"
        "A threshold changes nothing but what is said of it.\n"
        "The result of the run's own test split is also kept in its folder, as evaluation.json and\n"
        "predictions.csv. Pictures that can no longer be read are named and left out; if their folder is\n"
        "gone nothing is kept.");
    return [options](Context& context) { return evaluate(*options, context); };
}

} // namespace thaw::cli

#include "app/cli/compute_flags.h"
#include "app/cli/exit_status.h"
#include "app/cli/model_source.h"
#include "app/cli/picture_files.h"
#include "app/cli/text.h"
#include "app/cli/verbs.h"
#include "core/base/atomic_file.h"
#include "core/data/csv.h"
#include "core/evaluate/evaluation.h"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <memory>
#include <optional>

namespace thaw::cli {

namespace {

struct PredictArguments
{
    std::string run;
    std::vector<std::string> paths;
    std::string csv;
    ComputeFlags compute;
    bool json = false;
};

std::string exact(double number)
{
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, "%.9g", number);
    return buffer;
}

Json jsonOf(const std::string& path, const Prediction& prediction, const std::vector<std::string>& classes)
{
    Json object;
    object["path"] = path;
    if (!prediction.error.empty()) {
        object["error"] = prediction.error;
        return object;
    }
    const auto label = static_cast<std::size_t>(prediction.label);
    object["label"] = classes.at(label);
    object["probability"] = prediction.probabilities.at(label);
    Json probabilities = Json::object();
    for (std::size_t i = 0; i < classes.size(); ++i) {
        probabilities[classes[i]] = prediction.probabilities.at(i);
    }
    object["probabilities"] = std::move(probabilities);
    return object;
}

std::string csvHeader(const std::vector<std::string>& classes)
{
    std::string row = "path,label,probability";
    for (const std::string& name : classes) {
        row += "," + csvField(name);
    }
    return row + ",error\r\n";
}

std::string csvRow(const std::string& path, const Prediction& prediction,
                   const std::vector<std::string>& classes)
{
    std::string row = csvField(path);
    if (!prediction.error.empty()) {
        return row + std::string(2 + classes.size(), ',') + "," + csvField(prediction.error) + "\r\n";
    }
    const auto label = static_cast<std::size_t>(prediction.label);
    row += "," + csvField(classes.at(label)) + "," + exact(prediction.probabilities.at(label));
    for (std::size_t i = 0; i < classes.size(); ++i) {
        row += "," + exact(prediction.probabilities.at(i));
    }
    return row + ",\r\n";
}

std::string textOf(const std::string& path, const Prediction& prediction,
                   const std::vector<std::string>& classes)
{
    if (!prediction.error.empty()) {
        return printable(path + "  cannot be classified: " + prediction.error) + "\n";
    }
    const auto label = static_cast<std::size_t>(prediction.label);
    return printable(path + "  " + classes.at(label)) + "  " + percent(prediction.probabilities.at(label)) +
           "\n";
}

int predict(const PredictArguments& options, Context& context)
{
    const ModelSource source = openModel(options.run);
    const std::vector<std::filesystem::path> files = pictureFiles(options.paths);
    const ComputeOptions compute = options.compute.apply();
    const std::vector<std::string>& classes = source.model.classes;

    std::optional<AtomicFile> csv;
    if (!options.csv.empty()) {
        refuseFolder(options.csv);
        csv.emplace(options.csv);
        csv->write(csvHeader(classes));
    }
    const ProgressCallback progress = context.status.progressOf("Classifying");
    std::size_t done = 0;
    std::size_t failed = 0;
    // Ends also when nobody reads the results any more, unless they go into a file as well.
    std::stop_source end;
    const std::stop_callback forward(context.stop, [&end] { end.request_stop(); });
    const bool complete = predictFiles(
        source.model, files, compute,
        [&](const Prediction& prediction) {
            const std::string path = files.at(done++).string();
            failed += prediction.error.empty() ? 0 : 1;
            if (csv) {
                csv->write(csvRow(path, prediction, classes));
            }
            context.status.clear();
            if (options.json) {
                context.out.writeLine(jsonOf(path, prediction, classes));
            } else {
                context.out.write(textOf(path, prediction, classes));
            }
            if (context.out.isClosed() && !csv) {
                end.request_stop();
            }
            if (progress) {
                context.out.flush();
                progress({static_cast<std::int64_t>(done), static_cast<std::int64_t>(files.size())});
            }
        },
        end.get_token());
    context.status.clear();
    if (!complete) {
        return context.stop.stop_requested() ? exitStopped : exitDone;
    }
    if (csv) {
        csv->commit();
    }
    if (failed > 0) {
        context.status.print(counted(static_cast<std::int64_t>(failed), "picture", "pictures") + " of " +
                             grouped(static_cast<std::int64_t>(files.size())) + " could not be classified");
    }
    return failed == files.size() ? exitInput : exitDone;
}

} // namespace

Action addPredict(CLI::App& command)
{
    const auto options = std::make_shared<PredictArguments>();
    command.add_option("RUN", options->run, "Run folder, its name, or a .safetensors model file")->required();
    command.add_option("PATH", options->paths, "Pictures, and folders to walk")->required();
    command.add_option("--csv", options->csv, "Also write the results to this file");
    options->compute.addTo(command);
    command.add_flag("--json", options->json, "Print one JSON object a line");
    command.footer(
        "A picture that cannot be read is reported in its place; the exit status is 3 only if none could.");
    return [options](Context& context) { return predict(*options, context); };
}

} // namespace thaw::cli

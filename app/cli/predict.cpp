#include "app/cli/compute_flags.h"
#include "app/cli/exit_status.h"
#include "app/cli/picture_files.h"
#include "app/cli/text.h"
#include "app/cli/verbs.h"
#include "core/base/atomic_file.h"
#include "core/base/paths.h"
#include "core/evaluate/evaluation.h"
#include "core/evaluate/prediction_csv.h"
#include "core/run/model_source.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>
#include <numeric>
#include <optional>

namespace thaw::cli {

namespace {

struct PredictArguments
{
    std::string run;
    std::vector<std::string> paths;
    std::string csv;
    int top = 1;
    ComputeFlags compute;
    bool json = false;
};

/// The likeliest classes, the likeliest first, of equal ones the first in order.
std::vector<std::size_t> likeliest(const Prediction& prediction, int count)
{
    std::vector<std::size_t> labels(prediction.probabilities.size());
    std::iota(labels.begin(), labels.end(), std::size_t(0));
    std::stable_sort(labels.begin(), labels.end(), [&](std::size_t a, std::size_t b) {
        return prediction.probabilities[a] > prediction.probabilities[b];
    });
    labels.resize(std::min(labels.size(), static_cast<std::size_t>(count)));
    return labels;
}

Json jsonOf(const Prediction& prediction, const std::vector<std::string>& classes, int top)
{
    Json object;
    object["path"] = prediction.path;
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
    object["top"] = Json::array();
    for (const std::size_t i : likeliest(prediction, top)) {
        object["top"].push_back({{"class", classes.at(i)}, {"probability", prediction.probabilities.at(i)}});
    }
    return object;
}

std::string textOf(const Prediction& prediction, const std::vector<std::string>& classes, int top)
{
    if (!prediction.error.empty()) {
        return printable(prediction.path + "  cannot be classified: " + prediction.error) + "\n";
    }
    std::string line = printable(prediction.path);
    for (const std::size_t i : likeliest(prediction, top)) {
        line += "  " + printable(classes.at(i)) + "  " + percent(prediction.probabilities.at(i));
    }
    return line + "\n";
}

/// Where results go, one after the other.
class Results
{
public:
    Results(const PredictArguments& options, const std::vector<std::string>& classes, Context& context)
        : m_options(options), m_classes(classes), m_context(context)
    {
        if (!options.csv.empty()) {
            refuseFolder(options.csv);
            m_csv.emplace(options.csv);
            m_csv->write(predictionCsvHeader(classes));
        }
    }

    void add(const Prediction& prediction)
    {
        m_failed += prediction.error.empty() ? 0 : 1;
        if (m_csv) {
            m_csv->write(predictionCsvRow(prediction, m_classes));
        }
        m_context.status.clear();
        if (m_options.json) {
            m_context.out.writeLine(jsonOf(prediction, m_classes, m_options.top));
        } else {
            m_context.out.write(textOf(prediction, m_classes, m_options.top));
        }
    }

    void commit()
    {
        if (m_csv) {
            m_csv->commit();
        }
    }

    /// Nobody reads the results any more.
    bool areUnread() const { return m_context.out.isClosed() && !m_csv; }
    std::size_t failed() const { return m_failed; }

private:
    const PredictArguments& m_options;
    const std::vector<std::string>& m_classes;
    Context& m_context;
    std::optional<AtomicFile> m_csv;
    std::size_t m_failed = 0;
};

int predict(const PredictArguments& options, Context& context)
{
    const ModelSource source = openModel(findRun(options.run, defaultRunsFolder()));
    const std::vector<PictureFile> files = pictureFiles(options.paths);
    const ComputeOptions compute = options.compute.apply();
    Results results(options, source.model.classes, context);
    std::vector<std::filesystem::path> pictures;
    for (const PictureFile& file : files) {
        if (file.problem.empty()) {
            pictures.push_back(file.path);
        }
    }
    std::size_t done = 0;
    // What is not read is told in its place.
    const auto addProblems = [&] {
        for (; done < files.size() && !files[done].problem.empty(); ++done) {
            Prediction prediction;
            prediction.path = files[done].path.string();
            prediction.error = files[done].problem;
            results.add(prediction);
        }
    };
    const ProgressCallback progress = context.status.progressOf("Classifying");
    // Ends also when nobody reads the results any more, unless they go into a file as well.
    std::stop_source end;
    const std::stop_callback forward(context.stop, [&end] { end.request_stop(); });
    addProblems();
    const bool complete =
        pictures.empty() ||
        predictFiles(
            source.model, pictures, compute,
            [&](const Prediction& prediction) {
                results.add(prediction);
                ++done;
                addProblems();
                if (results.areUnread()) {
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
    results.commit();
    if (results.failed() > 0) {
        context.status.print(counted(static_cast<std::int64_t>(results.failed()), "file", "files") + " of " +
                             grouped(static_cast<std::int64_t>(files.size())) + " could not be classified");
    }
    return results.failed() == files.size() ? exitInput : exitDone;
}

} // namespace

Action addPredict(CLI::App& command)
{
    const auto options = std::make_shared<PredictArguments>();
    command.add_option("RUN", options->run, "Run folder, its name, or a .safetensors model file")->required();
    command.add_option("PATH", options->paths, "Pictures, and folders to walk")->required();
    command.add_option("--csv", options->csv, "Also write the results to this file");
    command.add_option("--top", options->top, "How many of the likeliest classes to tell")
        ->check(CLI::Range(1, 1000))
        ->capture_default_str();
    options->compute.addTo(command);
    command.add_flag("--json", options->json, "Print one JSON object a line");
    command.footer(
        "A picture that cannot be read, and any other file met in a folder, is reported in its place; the\n"
        "exit status is 3 only if none could be classified. The file of --csv has the columns path, label,\n"
        "probability, error, then p:CLASS for each class; names that a spreadsheet would take for formulas\n"
        "begin with an apostrophe there, such paths with ./, and control characters are written as \\x1b.");
    return [options](Context& context) { return predict(*options, context); };
}

} // namespace thaw::cli

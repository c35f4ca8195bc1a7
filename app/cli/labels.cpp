#include "app/cli/compute_flags.h"
#include "app/cli/dataset_report.h"
#include "app/cli/exit_status.h"
#include "app/cli/text.h"
#include "app/cli/verbs.h"
#include "core/base/error.h"
#include "core/base/paths.h"
#include "core/data/dataset/dataset_scan.h"
#include "core/evaluate/labels/doubtful_labels.h"
#include "core/model/weights/weights_catalog.h"
#include "core/run/model_source.h"
#include "core/run/run_store.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>
#include <optional>

namespace thaw::cli {

namespace {

constexpr std::size_t shownSuspects = 40;

struct LabelsArguments
{
    std::string source;
    std::string weights;
    ComputeFlags compute;
    bool json = false;
};

/// What labels are checked, by which base.
struct LabelsSource
{
    std::filesystem::path dataset;
    Recipe recipe;                        ///< of the run, else the quick one
    std::optional<BackboneSpec> backbone; ///< nothing: whatever the weights are of
};

LabelsSource sourceOf(const LabelsArguments& options)
{
    LabelsSource source;
    source.recipe = quickRecipe();
    source.dataset = options.source;
    const std::filesystem::path run = findRun(options.source, defaultRunsFolder());
    if (isRunFolder(run)) {
        const SavedRun saved = loadRun(run);
        source.recipe = saved.recipe;
        source.dataset = saved.record.datasetPath;
        source.backbone = scaledBackbone(saved.recipe.width);
    }
    if (!options.weights.empty()) {
        source.recipe.weights = options.weights;
        source.backbone.reset();
    }
    return source;
}

std::string headLine(const LabelCheck& check)
{
    const auto images = static_cast<std::int64_t>(check.images);
    const auto suspects = static_cast<std::int64_t>(check.suspects.size());
    return counted(suspects, "doubtful label", "doubtful labels") + " in " +
           counted(images, "picture", "pictures") + "; heads that had not seen a picture gave " +
           percent(check.agreement) + " of them their label\n";
}

std::string checkText(const LabelCheck& check)
{
    std::string text = headLine(check);
    if (check.suspects.empty()) {
        return text;
    }
    constexpr std::size_t longestClass = 20;
    constexpr std::size_t longestPath = 44;
    Table table({{"picture"}, {"label"}, {"looks like"}, {"certainty of the label", Align::Right}});
    for (std::size_t i = 0; i < std::min(shownSuspects, check.suspects.size()); ++i) {
        const DoubtfulLabel& suspect = check.suspects[i];
        const std::filesystem::path path = suspect.path;
        table.addRow(
            {shortened(printable((path.parent_path().filename() / path.filename()).string()), longestPath),
             shortened(printable(suspect.given), longestClass),
             shortened(printable(suspect.suggested), longestClass), percent(suspect.selfConfidence)});
    }
    text += "\n" + table.text();
    if (check.suspects.size() > shownSuspects) {
        text += "… --json lists all\n";
    }
    return text;
}

int labels(const LabelsArguments& options, Context& context)
{
    const LabelsSource source = sourceOf(options);
    const ComputeOptions compute = options.compute.apply();
    ScanOptions how;
    how.shares = source.recipe.split;
    how.purpose = ScanPurpose::Measuring;
    const auto dataset =
        scanDataset(source.dataset, how, context.status.progressOf("Reading pictures"), context.stop);
    if (!dataset) {
        return exitStopped;
    }
    reportProblems(*dataset, source.dataset, context.status);
    const WeightsObserver observer{[&context](const std::string& text) { context.status.print(text); },
                                   context.status.progressOf("Fetching weights")};
    const auto base =
        resolveWeights(source.recipe.weights, source.backbone, source.recipe.seed, observer, context.stop);
    if (!base) {
        return exitStopped;
    }
    if (source.recipe.weights == "none") {
        context.status.print("Warning: a base without pretrained weights tells pictures apart badly.");
    }
    const auto check = checkLabels(*base, source.recipe.transform(), *dataset, {compute},
                                   context.status.progressOf("Checking labels"), context.stop);
    context.status.clear();
    if (!check) {
        return exitStopped;
    }
    if (!check->leftOut.empty()) {
        context.status.print(
            "Warning: " + counted(static_cast<std::int64_t>(check->leftOut.size()), "picture", "pictures") +
            " left out that can no longer be read.");
    }
    context.out.write(options.json ? formatLabelCheck(*check) : checkText(*check));
    return exitDone;
}

} // namespace

Action addLabels(CLI::App& command)
{
    const auto options = std::make_shared<LabelsArguments>();
    command
        .add_option("RUN|DATASET", options->source,
                    "A run, whose data set is checked, or a folder or list of pictures")
        ->required();
    command.add_option(
        "--weights", options->weights,
        "imagenet, none, the name of imported weights, or a file (default: the run's, else imagenet)");
    options->compute.addTo(command);
    command.add_flag("--json", options->json, "Print one JSON object");
    command.footer(
        "Lists pictures whose label is probably wrong, the most doubtful first. Each is judged by a small\n"
        "head on the frozen base that was fitted to four fifths of the others, so that no head was taught\n"
        "the label that it is asked about. Nothing is changed.");
    return [options](Context& context) { return labels(*options, context); };
}

} // namespace thaw::cli

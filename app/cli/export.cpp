#include "core/export/export.h"

#include "app/cli/exit_status.h"
#include "app/cli/text.h"
#include "app/cli/verbs.h"
#include "core/base/error.h"
#include "core/base/paths.h"
#include "core/run/model_source.h"

#include <CLI/CLI.hpp>

#include <cmath>
#include <memory>

namespace thaw::cli {

namespace {

struct ExportArguments
{
    std::string run;
    std::string format;
    std::string out;
    std::string verify;
    bool json = false;
};

std::vector<std::string> formatNames()
{
    std::vector<std::string> names;
    for (const Exporter& exporter : exporters()) {
        names.emplace_back(exporter.name);
    }
    return names;
}

const Exporter& exporterOf(const std::string& name)
{
    if (const Exporter* exporter = exporterNamed(name)) {
        return *exporter;
    }
    const bool isLater = name == "keras" || name == "keras-h5";
    throw Error(ErrorCode::Usage, {},
                isLater ? "export as " + name + " is not available in this version"
                        : "there is no format '" + name + "'",
                "choose one of " + joined(formatNames()));
}

std::string parityText(const ParityReport& report)
{
    const std::string pictures = counted(report.pictures, "picture", "pictures");
    return "compared on " +
           (report.areMade ? "made pictures (" + std::to_string(report.pictures) + ")" : pictures) +
           ": probabilities differ by " + decimal(report.largest) + " at most, read by " + report.reader +
           "\n";
}

Json parityJson(const ParityReport& report)
{
    Json json;
    json["agrees"] = report.isMet();
    json["largest_difference"] = std::isfinite(report.largest) ? Json(report.largest) : Json();
    json["tolerance"] = parityTolerance;
    json["pictures"] = report.pictures;
    json["made_pictures"] = report.areMade;
    json["worst_picture"] = report.worst.string();
    json["reader"] = report.reader;
    return json;
}

int verify(const ExportArguments& options, Context& context)
{
    const ModelSource source = openModel(findRun(options.run, defaultRunsFolder()));
    const ParityReport report = verifyExport(options.verify, source.model, exportFactsOf(source));
    if (options.json) {
        context.out.writeLine(parityJson(report));
    } else {
        context.out.write(printable(options.verify) + (report.isMet() ? "  agrees\n" : "  DIFFERS\n") +
                          parityText(report));
        if (!report.isMet()) {
            context.out.write("most at " + printable(report.worst.string()) + "\n");
        }
    }
    return report.isMet() ? exitDone : exitFailed;
}

int exportRun(const ExportArguments& options, Context& context)
{
    const Exporter& exporter = exporterOf(options.format);
    const std::filesystem::path out = options.out;
    refuseFolder(out);
    const ModelSource source = openModel(findRun(options.run, defaultRunsFolder()));
    if (std::error_code ignored; std::filesystem::equivalent(source.file, out, ignored)) {
        throw Error(ErrorCode::Usage, out, "this is the file that is being exported", "name another file");
    }
    const ParityReport report = exportModel(source.model, exporter, out, exportFactsOf(source));
    if (options.json) {
        Json json = parityJson(report);
        json["file"] = out.string();
        json["format"] = exporter.name;
        context.out.writeLine(json);
        return exitDone;
    }
    std::string told = printable(out.string()) + "  " + exporter.name;
    if (std::error_code ignored; std::filesystem::is_regular_file(out, ignored)) {
        told += ", " + counted(static_cast<std::int64_t>(std::filesystem::file_size(out)), "byte", "bytes");
    }
    context.out.write(told + "\n" + parityText(report));
    return exitDone;
}

} // namespace

Action addExport(CLI::App& command)
{
    const auto options = std::make_shared<ExportArguments>();
    command.add_option("RUN", options->run, "Run folder, its name, or a .safetensors model file")->required();
    CLI::Option* format = command.add_option("--format", options->format, joined(formatNames()));
    CLI::Option* out = command.add_option("--out", options->out, "The file to write");
    command.add_option("--verify", options->verify, "Compare this exported file with RUN, and write nothing")
        ->excludes(format)
        ->excludes(out);
    command.add_flag("--json", options->json, "Print one JSON object");
    command.footer(
        "The file holds the best weights with class names and preprocessing. It is loaded again and its\n"
        "answers compared with the model's, on pictures of the run where they are still there, before it\n"
        "takes its place. docs/exports.md says which format is for what.");
    return [options](Context& context) {
        if (!options->verify.empty()) {
            return verify(*options, context);
        }
        if (options->format.empty() || options->out.empty()) {
            throw Error(ErrorCode::Usage, {}, "--format and --out are missing",
                        "name both, or an exported file with --verify");
        }
        return exportRun(*options, context);
    };
}

} // namespace thaw::cli

#include "core/export/export.h"

#include "app/cli/exit_status.h"
#include "app/cli/text.h"
#include "app/cli/verbs.h"
#include "core/base/error.h"
#include "core/base/paths.h"
#include "core/run/model_source.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <memory>

namespace thaw::cli {

namespace {

struct ExportArguments
{
    std::string run;
    std::string format;
    std::string out;
};

const Exporter& exporterOf(const std::string& name)
{
    if (const Exporter* exporter = exporterNamed(name)) {
        return *exporter;
    }
    constexpr std::array later{std::string_view("onnx"), std::string_view("keras-h5")};
    const bool isLater = std::find(later.begin(), later.end(), name) != later.end();
    std::vector<std::string> names;
    for (const Exporter& exporter : exporters()) {
        names.emplace_back(exporter.name);
    }
    throw Error(ErrorCode::Usage, {},
                isLater ? "export as " + name + " is not available in this version"
                        : "there is no format '" + name + "'",
                "choose one of " + joined(names));
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
    exportModel(source.model, exporter, out);
    std::string told = printable(out.string()) + "  " + exporter.name;
    if (std::error_code ignored; std::filesystem::is_regular_file(out, ignored)) {
        told += ", " + counted(static_cast<std::int64_t>(std::filesystem::file_size(out)), "byte", "bytes");
    }
    context.out.write(told + "\n");
    return exitDone;
}

} // namespace

Action addExport(CLI::App& command)
{
    const auto options = std::make_shared<ExportArguments>();
    command.add_option("RUN", options->run, "Run folder, its name, or a .safetensors model file")->required();
    command.add_option("--format", options->format, "safetensors or torchscript")->required();
    command.add_option("--out", options->out, "The file to write")->required();
    command.footer(
        "The file holds the best weights with class names and preprocessing. It is loaded again and its\n"
        "answer compared with the model's before it takes its place.");
    return [options](Context& context) { return exportRun(*options, context); };
}

} // namespace thaw::cli

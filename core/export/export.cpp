#include "core/export/export.h"

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/scratch_folder.h"
#include "core/base/stream_target.h"
#include "core/export/export_description.h"
#include "core/export/exported_models.h"
#include "core/export/onnx_graph.h"
#include "core/export/onnx_writer.h"
#include "core/export/torchscript_check_torch.h"
#include "core/export/torchscript_torch.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <optional>
#include <string>
#include <system_error>
#include <unistd.h>

namespace thaw {

namespace {

/// What is handed on says nothing of the folders of whoever trained it: of a file only the name is left.
std::string withoutFolder(const std::string& text)
{
    return text.find('/') == std::string::npos ? text : std::filesystem::path(text).filename().string();
}

ModelWeights withoutFolders(ModelWeights model)
{
    // Sources in words may hold a slash, whole paths begin with one.
    if (model.base.source.starts_with('/')) {
        model.base.source = withoutFolder(model.base.source);
    }
    auto recipe = nlohmann::ordered_json::parse(model.recipeJson, nullptr, false);
    if (recipe.is_object()) {
        const auto weights = recipe.find("weights");
        const std::string named =
            weights != recipe.end() && weights->is_string() ? weights->get<std::string>() : std::string();
        if (withoutFolder(named) != named) {
            *weights = withoutFolder(named);
            model.recipeJson = recipe.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
        }
    }
    return model;
}

void writeSafetensorsModel(const ModelWeights& model, const std::filesystem::path& file,
                           const ExportFacts& facts)
{
    ModelWeights described = model;
    for (const auto& [key, value] : safetensorsProperties(facts)) {
        described.otherMetadata[key] = value;
    }
    writeModelWeights(file, described);
}

void checkSafetensors(const ModelWeights& model, const std::filesystem::path& file)
{
    const ModelWeights again = readModelWeights(file);
    if (again.base.layers != model.base.layers || again.head != model.head ||
        again.classes != model.classes || again.transform != model.transform ||
        again.base.preprocessing != model.base.preprocessing)
    {
        throw Error(ErrorCode::Internal, file, "the exported file does not read back to the same model");
    }
}

/// The beginning of a file, or less where it is shorter.
std::string firstBytes(const std::filesystem::path& file, std::size_t count)
{
    std::ifstream stream(file, std::ios::binary);
    std::string bytes(count, '\0');
    stream.read(bytes.data(), static_cast<std::streamsize>(count));
    bytes.resize(static_cast<std::size_t>(stream.gcount()));
    return bytes;
}

bool isSafetensors(const std::filesystem::path& file)
{
    constexpr std::size_t lengthBytes = 8;
    return firstBytes(file, lengthBytes + 1).ends_with('{');
}

bool isTorchScript(const std::filesystem::path& file)
{
    return firstBytes(file, 2) == "PK";
}

/// The first operation of a file that takes bytes makes numbers of them.
bool startsWithBytes(const std::filesystem::path& file)
{
    return readOnnxGraph(file).nodes.front().type == "Cast";
}

bool isOnnx(const std::filesystem::path& file)
{
    return !startsWithBytes(file);
}

std::string rounded(double difference)
{
    char text[32];
    return {text, std::to_chars(text, text + sizeof text, difference, std::chars_format::general, 3).ptr};
}

/// @param file the one that is asked about, wherever its bytes are
void requireParity(const ParityReport& report, const std::filesystem::path& file)
{
    if (!report.isMet()) {
        throw Error(ErrorCode::Internal, file,
                    "the exported model's answer for " + report.worst.string() +
                        " differs from the model's by " + rounded(report.largest) + ", more than " +
                        rounded(parityTolerance));
    }
}

/// Writes `file` with what was measured on it inside.
ParityReport writeCompared(const ModelWeights& model, const Exporter& exporter,
                           const std::filesystem::path& file, ExportFacts facts)
{
    const auto compare = [&](const std::vector<std::filesystem::path>& pictures) {
        exporter.write(model, file, facts);
        if (exporter.check) {
            exporter.check(model, file);
        }
        const auto exported = exporter.open(file, model.transform);
        const ParityReport report = compareWithModel(model, *exported, pictures);
        requireParity(report, file);
        return report;
    };
    facts.parity = compare(facts.pictures);
    // What is delivered is the second file: one picture shows that it is the first with a note added.
    compare(facts.parity->areMade ? std::vector<std::filesystem::path>()
                                  : std::vector{facts.pictures.front()});
    return *facts.parity;
}

} // namespace

const std::vector<Exporter>& exporters()
{
    static const std::vector<Exporter> rows{
        {"safetensors", "safetensors", writeSafetensorsModel, checkSafetensors, isSafetensors,
         openSafetensors},
        {"torchscript", "pt", writeTorchScript, checkTorchScript, isTorchScript, openTorchScript},
        {"onnx", "onnx", writeOnnx, nullptr, isOnnx, openOnnx},
        {"onnx-image", "onnx", writeOnnxImage, nullptr, startsWithBytes, openOnnxImage},
    };
    return rows;
}

const Exporter* exporterNamed(std::string_view name)
{
    const auto& rows = exporters();
    const auto found =
        std::find_if(rows.begin(), rows.end(), [name](const Exporter& row) { return name == row.name; });
    return found == rows.end() ? nullptr : &*found;
}

ParityReport exportModel(const ModelWeights& trained, const Exporter& exporter,
                         const std::filesystem::path& file, const ExportFacts& facts)
{
    const ModelWeights model = withoutFolders(trained);
    // The check comes before the file takes its place: whatever stood there stays until then.
    std::filesystem::path next = file;
    next.replace_filename("." + file.filename().string() + "." + std::to_string(getpid()) + ".next");
    std::optional<ScratchFolder> scratch;
    try {
        if (isStream(file)) { // beside a pipe or a device there may be no place for files
            scratch.emplace(std::filesystem::temp_directory_path(), "thaw-export-");
            next = scratch->path() / "model";
        }
        const ParityReport report = writeCompared(model, exporter, next, facts);
        placeFile(next, file);
        return report;
    } catch (...) {
        std::error_code ignored;
        std::filesystem::remove(next, ignored);
        const Error error = currentError(file);
        // The name that the user gave, not that of the temporary file.
        throw Error(error.code(), file, error.detail(), error.advice());
    }
}

ParityReport verifyExport(const std::filesystem::path& file, const ModelWeights& model,
                          const ExportFacts& facts)
{
    std::error_code ignored;
    if (!std::filesystem::exists(file, ignored)) {
        throw Error(ErrorCode::FileNotFound, file, "there is no such file");
    }
    const auto& rows = exporters();
    const auto found =
        std::find_if(rows.begin(), rows.end(), [&](const Exporter& row) { return row.recognises(file); });
    try {
        return compareWithModel(model, *found->open(file, model.transform), facts.pictures);
    } catch (...) {
        const Error error = currentError(file);
        throw Error(error.code() == ErrorCode::Internal ? ErrorCode::WeightsInvalid : error.code(),
                    error.path().empty() ? file : error.path(), error.detail(), error.advice());
    }
}

} // namespace thaw

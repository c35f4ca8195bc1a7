#include "core/export/export.h"

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/scratch_folder.h"
#include "core/base/stream_target.h"
#include "core/export/torchscript_check_torch.h"
#include "core/export/torchscript_torch.h"

#include <nlohmann/json.hpp>

#include <algorithm>
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

void writeSafetensorsModel(const ModelWeights& model, const std::filesystem::path& file)
{
    writeModelWeights(file, model);
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

} // namespace

const std::vector<Exporter>& exporters()
{
    static const std::vector<Exporter> rows{
        {"safetensors", "safetensors", writeSafetensorsModel, checkSafetensors},
        {"torchscript", "pt", writeTorchScript, checkTorchScript},
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

void exportModel(const ModelWeights& trained, const Exporter& exporter, const std::filesystem::path& file)
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
        exporter.write(model, next);
        exporter.check(model, next);
        placeFile(next, file);
    } catch (...) {
        std::error_code ignored;
        std::filesystem::remove(next, ignored);
        const Error error = currentError(file);
        // The name that the user gave, not that of the temporary file.
        throw Error(error.code(), file, error.detail(), error.advice());
    }
}

} // namespace thaw

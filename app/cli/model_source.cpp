#include "app/cli/model_source.h"

#include "core/base/error.h"
#include "core/base/paths.h"
#include "core/run/run_weights.h"

#include <system_error>

namespace thaw::cli {

namespace fs = std::filesystem;

fs::path findRun(const std::string& run, const fs::path& root)
{
    std::error_code ignored;
    const bool isName = fs::path(run).filename() == fs::path(run);
    if (!fs::exists(run, ignored) && isName && isRunFolder(root / run)) {
        return root / run;
    }
    return run;
}

ModelSource openModel(const std::string& runOrFile)
{
    const fs::path path = findRun(runOrFile, defaultRunsFolder());
    std::error_code ignored;
    ModelSource source;
    if (fs::is_directory(path, ignored)) {
        source.run = loadRun(path);
        source.recipe = source.run->recipe;
        source.file = RunFiles{path}.best();
        source.model = readBestWeights(*source.run);
        return source;
    }
    if (!fs::exists(path, ignored)) {
        throw Error(ErrorCode::FileNotFound, path, "there is no such run or model file",
                    "thaw-cli runs list shows the saved runs");
    }
    source.file = path;
    source.model = readModelWeights(path);
    source.recipe =
        source.model.recipeJson.empty() ? bookRecipe() : parseRecipe(source.model.recipeJson, path).recipe;
    return source;
}

} // namespace thaw::cli

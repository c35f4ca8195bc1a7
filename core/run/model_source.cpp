#include "core/run/model_source.h"

#include "core/base/error.h"
#include "core/run/run_weights.h"

#include <system_error>

namespace thaw {

namespace fs = std::filesystem;

fs::path findRun(const fs::path& run, const fs::path& root)
{
    std::error_code ignored;
    const bool isName = run.filename() == run;
    if (!fs::exists(run, ignored) && isName && isRunFolder(root / run)) {
        return root / run;
    }
    return run;
}

ModelSource openModel(const fs::path& runOrFile)
{
    std::error_code ignored;
    ModelSource source;
    if (fs::is_directory(runOrFile, ignored)) {
        source.run = loadRun(runOrFile);
        source.recipe = source.run->recipe;
        source.file = RunFiles{runOrFile}.best();
        source.model = readBestWeights(*source.run);
        return source;
    }
    if (!fs::exists(runOrFile, ignored)) {
        throw Error(ErrorCode::FileNotFound, runOrFile, "there is no such run or model file",
                    "look for it among the saved runs");
    }
    source.file = runOrFile;
    source.model = readModelWeights(runOrFile);
    source.recipe = source.model.recipeJson.empty() ? bookRecipe()
                                                    : parseRecipe(source.model.recipeJson, runOrFile).recipe;
    return source;
}

} // namespace thaw

#include "app/cli/picture_files.h"

#include "core/base/error.h"
#include "core/data/folder_walk.h"

#include <algorithm>
#include <system_error>

namespace thaw::cli {

namespace fs = std::filesystem;

namespace {

std::vector<fs::path> walked(const fs::path& folder)
{
    std::vector<Problem> problems;
    std::vector<fs::path> files;
    for (const std::string& picture : FolderWalk(folder, problems, {}).picturesUnder({})) {
        files.push_back(folder / picture);
    }
    for (const Problem& problem : problems) {
        if (problem.severity == ProblemSeverity::Error) {
            throw Error(ErrorCode::FileUnreadable, problem.path.empty() ? folder : folder / problem.path,
                        problem.message, "check its permissions");
        }
    }
    std::sort(files.begin(), files.end(),
              [](const fs::path& a, const fs::path& b) { return a.native() < b.native(); });
    return files;
}

} // namespace

std::vector<fs::path> pictureFiles(const std::vector<std::string>& paths)
{
    std::vector<fs::path> files;
    for (const std::string& path : paths) {
        std::error_code ignored;
        if (fs::is_directory(path, ignored)) {
            const auto found = walked(path);
            files.insert(files.end(), found.begin(), found.end());
        } else {
            files.emplace_back(path);
        }
    }
    if (files.empty()) {
        throw Error(ErrorCode::DatasetEmpty, paths.empty() ? "" : paths.front(), "no picture was found",
                    "name picture files or a folder that holds some");
    }
    return files;
}

} // namespace thaw::cli

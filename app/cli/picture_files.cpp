#include "app/cli/picture_files.h"

#include "core/base/error.h"
#include "core/data/dataset/folder_walk.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <system_error>

namespace thaw::cli {

namespace fs = std::filesystem;

namespace {

std::vector<PictureFile> walked(const fs::path& folder)
{
    std::vector<Problem> problems;
    std::vector<std::string> others;
    std::map<std::string, std::string> files; // by path: sorted by bytes
    for (const std::string& picture : FolderWalk(folder, problems, {}).picturesUnder({}, &others)) {
        files[picture] = "";
    }
    for (const std::string& other : others) {
        files[other] = "by its name this is not a picture";
    }
    for (const Problem& problem : problems) {
        constexpr std::string_view leftOut = "left out: ";
        const std::string& message = problem.message; // it knows more
        files[problem.path] = message.starts_with(leftOut) ? message.substr(leftOut.size()) : message;
    }
    std::vector<PictureFile> result;
    for (const auto& [path, problem] : files) {
        result.push_back({path.empty() ? folder : folder / path, problem});
    }
    return result;
}

} // namespace

std::vector<PictureFile> pictureFiles(const std::vector<std::string>& paths)
{
    std::vector<PictureFile> files;
    for (const std::string& path : paths) {
        std::error_code ignored;
        if (fs::is_directory(path, ignored)) {
            const auto found = walked(path);
            files.insert(files.end(), found.begin(), found.end());
        } else {
            files.push_back({path, {}});
        }
    }
    if (files.empty()) {
        throw Error(ErrorCode::DatasetEmpty, paths.empty() ? "" : paths.front(), "no picture was found",
                    "name picture files or a folder that holds some");
    }
    return files;
}

} // namespace thaw::cli

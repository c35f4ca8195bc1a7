#include "core/data/dataset/picture_files.h"

#include "core/data/dataset/folder_walk.h"

#include <map>
#include <string_view>
#include <system_error>

namespace thaw {

namespace fs = std::filesystem;

namespace {

std::vector<PictureFile> walkedFiles(const fs::path& folder, const std::stop_token& stop)
{
    std::vector<Problem> problems;
    std::vector<std::string> others;
    std::map<std::string, std::string> files; // by path: sorted by bytes
    for (const std::string& picture : FolderWalk(folder, problems, stop).picturesUnder({}, &others)) {
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

std::vector<PictureFile> pictureFiles(const std::vector<fs::path>& paths, const std::stop_token& stop)
{
    std::vector<PictureFile> files;
    for (const fs::path& path : paths) {
        std::error_code ignored;
        if (fs::is_directory(path, ignored)) {
            const auto found = walkedFiles(path, stop);
            files.insert(files.end(), found.begin(), found.end());
        } else {
            files.push_back({path, {}});
        }
    }
    return files;
}

} // namespace thaw

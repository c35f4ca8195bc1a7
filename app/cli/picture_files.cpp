#include "app/cli/picture_files.h"

#include "core/base/error.h"
#include "core/data/image_io.h"

#include <algorithm>
#include <system_error>

namespace thaw::cli {

namespace fs = std::filesystem;

namespace {

bool isHidden(const fs::path& path)
{
    const std::string name = path.filename().string();
    return !name.empty() && name.front() == '.';
}

std::vector<fs::path> walked(const fs::path& folder)
{
    std::vector<fs::path> files;
    std::error_code error;
    fs::recursive_directory_iterator at(folder, error);
    const fs::recursive_directory_iterator end;
    while (!error && at != end) {
        std::error_code unknown;
        if (isHidden(at->path())) {
            at.disable_recursion_pending();
        } else if (hasImageExtension(at->path()) && at->is_regular_file(unknown)) {
            files.push_back(at->path());
        }
        at.increment(error);
    }
    if (error) {
        throw Error(ErrorCode::FileUnreadable, folder, "the folder cannot be listed: " + error.message(),
                    "check its permissions");
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

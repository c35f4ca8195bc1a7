#include "app/cli/picture_files.h"

#include "core/base/error.h"

namespace thaw::cli {

std::vector<PictureFile> pictureFiles(const std::vector<std::string>& paths)
{
    std::vector<PictureFile> files = thaw::pictureFiles({paths.begin(), paths.end()});
    if (files.empty()) {
        throw Error(ErrorCode::DatasetEmpty, paths.empty() ? "" : paths.front(), "no picture was found",
                    "name picture files or a folder that holds some");
    }
    return files;
}

} // namespace thaw::cli

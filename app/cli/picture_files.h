#pragma once

#include "core/data/dataset/picture_files.h"

#include <string>
#include <vector>

namespace thaw::cli {

/// thaw::pictureFiles() of the words of a command line.
/// @throws Error DatasetEmpty when nothing at all is found
std::vector<PictureFile> pictureFiles(const std::vector<std::string>& paths);

} // namespace thaw::cli

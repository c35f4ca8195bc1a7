#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace thaw::cli {

/// Files as given, in order; a folder becomes the pictures anywhere below it, sorted by path, each named from
/// the folder as given. Folders are walked as scanning a data set does: hidden files and folders are left
/// out, links to folders are followed once. A file that is named stays in the list whatever it is, so that
/// its reader can say what is wrong with it.
/// @throws Error DatasetEmpty when there is no picture, FileUnreadable for a folder that cannot be listed
std::vector<std::filesystem::path> pictureFiles(const std::vector<std::string>& paths);

} // namespace thaw::cli

#pragma once

#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

namespace thaw {

/// A file that was named or met in a folder.
struct PictureFile
{
    std::filesystem::path path;
    std::string problem; ///< why it is not read; empty for what is to be read
};

/// Files as given, in order; a folder becomes what lies anywhere below it, sorted by path, each named from
/// the folder as given. Folders are walked as scanning a data set does: hidden files and folders are left
/// out, links to folders are followed once. Nothing else that is met is passed over: files that are no
/// pictures and folders that cannot be listed have their problem. A file that is named is to be read whatever
/// it is, so that its reader can say what is wrong with it. Stopped, it returns what it has.
std::vector<PictureFile> pictureFiles(const std::vector<std::filesystem::path>& paths,
                                      const std::stop_token& stop = {});

} // namespace thaw

#pragma once

#include "core/base/progress.h"

#include <cstddef>
#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

namespace thaw {

/// A picture that goes into the folder of a class.
struct ClassCopy
{
    std::filesystem::path source;
    std::string folder; ///< the class's name, whatever it holds
};

struct ClassCopies
{
    std::size_t copied = 0;
    struct Failure
    {
        std::filesystem::path source;
        std::string reason;
    };
    std::vector<Failure> unreadable; ///< pictures that could not be read, and why
    bool isStopped = false;
};

/// A class's name as the name of one folder in one place, never a path out of it: '/' and what cannot be
/// printed becomes '_', as does a '.' at the start. "_" for no name.
std::string folderNameOf(const std::string& className);

/// Copies pictures into `target`/FOLDER/NAME. Nothing is moved, and nothing that lies there is replaced: a
/// name that is taken becomes "NAME (2)", as does the folder of a class whose folderNameOf() another class
/// has. A copy appears whole or not at all, with its source's time. Stops between two pieces of a file.
/// @throws Error WriteFailed, DiskFull: what was copied before stays
ClassCopies copyIntoClassFolders(const std::vector<ClassCopy>& pictures, const std::filesystem::path& target,
                                 const ProgressCallback& progress = {}, const std::stop_token& stop = {});

} // namespace thaw

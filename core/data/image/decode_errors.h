#pragma once

#include "core/base/error.h"

#include <filesystem>

namespace thaw {

// What more than one decoder says of a picture. Internal to core/data.

/// @throws Error ImageUnreadable
[[noreturn]] inline void throwDamaged(const std::filesystem::path& path)
{
    throw Error(ErrorCode::ImageUnreadable, path, "its data are damaged and cannot be decoded",
                "replace or remove the file");
}

/// For a picture that memory does not hold: it is left out by its name, where OutOfMemory would end the work
/// on all the others.
/// @throws Error ImageTooLarge
[[noreturn]] inline void throwBeyondMemory(const std::filesystem::path& path)
{
    throw Error(ErrorCode::ImageTooLarge, path, "there is not enough memory to decode it",
                "make it smaller, or close other programs");
}

} // namespace thaw

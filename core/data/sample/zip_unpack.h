#pragma once

// Internal to core/data.

#include "core/base/progress.h"

#include <cstdint>
#include <filesystem>
#include <stop_token>

namespace thaw {

struct UnpackLimits
{
    std::uint64_t bytes = 500'000'000; ///< of all pictures together, as unpacked
    std::int64_t entries = 20'000;
};

/// Writes the pictures of a zip archive under `folder`, which is created, and leaves other files out. Bytes
/// are counted as they come, so an archive that lies about its sizes is stopped at the limit. An entry whose
/// name would leave the folder makes the whole archive refused. What was written before a failure or a stop
/// stays: unpack into a folder that can be thrown away. Returns false when stopped.
/// @throws Error DatasetInvalid, WriteFailed, DiskFull
bool unpackPictures(const std::filesystem::path& archive, const std::filesystem::path& folder,
                    const UnpackLimits& limits = {}, const ProgressCallback& progress = {},
                    const std::stop_token& stop = {});

} // namespace thaw

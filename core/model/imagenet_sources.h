#pragma once

// Internal to core/model.

#include "core/base/progress.h"

#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace thaw {

/// A place that the ImageNet base can be fetched from.
struct ImageNetSource
{
    std::string name;
    /// Leaves one file in `folder` and returns it, or nothing when stopped.
    /// @throws Error NetworkUnavailable, WeightsInvalid when this source fails; others when the machine does
    std::function<std::optional<std::filesystem::path>(const std::filesystem::path& folder,
                                                       const ProgressCallback&, std::stop_token)>
        fetch;
};

/// In the order to try them.
std::vector<ImageNetSource> imageNetSources();

/// Keras's file, whose name helps to find it by hand.
const char* imageNetFileName();

/// A folder of its own in the cache folder, removed with everything in it.
class TemporaryFolderInCache
{
public:
    /// @throws Error WriteFailed
    TemporaryFolderInCache();
    ~TemporaryFolderInCache();
    TemporaryFolderInCache(const TemporaryFolderInCache&) = delete;
    TemporaryFolderInCache& operator=(const TemporaryFolderInCache&) = delete;

    const std::filesystem::path& path() const { return m_path; }

private:
    std::filesystem::path m_path;
};

} // namespace thaw

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

/// In the order to try them; none when isOffline().
std::vector<ImageNetSource> imageNetSources();

/// Keras's file, whose name helps to find it by hand.
const char* imageNetFileName();

} // namespace thaw

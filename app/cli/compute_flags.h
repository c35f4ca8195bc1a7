#pragma once

#include "core/evaluate/evaluation.h"

#include <optional>
#include <string>

namespace CLI {
class App;
}

namespace thaw::cli {

/// --device, --precision and --threads, as several verbs have them. Bad values end the parsing.
struct ComputeFlags
{
    std::string device;    ///< empty: not given
    std::string precision; ///< empty: not given
    std::optional<int> threads;

    void addTo(CLI::App& command);
    /// Sets the thread count and finds the device.
    /// @throws Error DeviceUnavailable
    ComputeOptions apply() const;
};

} // namespace thaw::cli

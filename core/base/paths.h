#pragma once

#include <filesystem>

namespace thaw {

/// $XDG_DATA_HOME/thaw, by default ~/.local/share/thaw (a relative override is ignored, as XDG asks).
/// Nothing is created.
std::filesystem::path dataFolder();
/// $XDG_CACHE_HOME/thaw, by default ~/.cache/thaw.
std::filesystem::path cacheFolder();
/// dataFolder()/runs: where runs go when nobody says otherwise.
std::filesystem::path defaultRunsFolder();
/// dataFolder()/weights: imported weights.
std::filesystem::path weightsFolder();

} // namespace thaw

#pragma once

#include <filesystem>

namespace thaw {

/// $HOME, or the account's own folder where that is not set or relative.
/// @throws Error WriteFailed when there is neither: never a folder that others share
std::filesystem::path homeFolder();
/// Puts it into the environment, where libraries and programs that we start look for it. For the start of a
/// program.
void provideHome();

// All of these throw as homeFolder() where their variable names no folder.

/// $XDG_DATA_HOME/thaw, by default ~/.local/share/thaw (a relative override is ignored, as XDG asks).
/// Nothing is created.
std::filesystem::path dataFolder();
/// $XDG_CACHE_HOME/thaw, by default ~/.cache/thaw.
std::filesystem::path cacheFolder();
/// $XDG_STATE_HOME/thaw, by default ~/.local/state/thaw: where a crash leaves its log.
std::filesystem::path stateFolder();
/// dataFolder()/runs: the default folder of runs.
std::filesystem::path defaultRunsFolder();
/// dataFolder()/weights: imported weights.
std::filesystem::path weightsFolder();

} // namespace thaw

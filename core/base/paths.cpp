#include "core/base/paths.h"

#include <cstdlib>
#include <string>

namespace thaw {

namespace {

std::filesystem::path userFolder(const char* variable, const char* underHome)
{
    const char* value = std::getenv(variable);
    if (value && std::filesystem::path(value).is_absolute()) {
        return std::filesystem::path(value) / "thaw";
    }
    const char* home = std::getenv("HOME");
    const std::filesystem::path base = home && *home ? home : "/tmp";
    return base / underHome / "thaw";
}

} // namespace

std::filesystem::path dataFolder()
{
    return userFolder("XDG_DATA_HOME", ".local/share");
}

std::filesystem::path cacheFolder()
{
    return userFolder("XDG_CACHE_HOME", ".cache");
}

std::filesystem::path defaultRunsFolder()
{
    return dataFolder() / "runs";
}

std::filesystem::path weightsFolder()
{
    return dataFolder() / "weights";
}

} // namespace thaw

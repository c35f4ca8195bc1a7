#include "core/base/paths.h"

#include "core/base/error.h"

#include <cstdlib>
#include <pwd.h>
#include <unistd.h>
#include <vector>

namespace thaw {

namespace {

std::filesystem::path accountsFolder()
{
    std::vector<char> texts(16 * 1024);
    passwd entry{};
    passwd* found = nullptr;
    getpwuid_r(getuid(), &entry, texts.data(), texts.size(), &found);
    return found && found->pw_dir ? found->pw_dir : "";
}

std::filesystem::path userFolder(const char* variable, const char* underHome)
{
    const char* value = std::getenv(variable);
    if (value && std::filesystem::path(value).is_absolute()) {
        return std::filesystem::path(value) / "thaw";
    }
    return homeFolder() / underHome / "thaw";
}

} // namespace

std::filesystem::path homeFolder()
{
    const char* value = std::getenv("HOME");
    std::filesystem::path home = value ? value : "";
    if (!home.is_absolute()) {
        home = accountsFolder();
    }
    if (!home.is_absolute()) {
        throw Error(ErrorCode::WriteFailed, {},
                    "there is no home folder to keep data in: HOME is not set, and this account has none",
                    "set HOME, or XDG_DATA_HOME, XDG_CACHE_HOME and XDG_STATE_HOME");
    }
    return home;
}

std::filesystem::path dataFolder()
{
    return userFolder("XDG_DATA_HOME", ".local/share");
}

std::filesystem::path cacheFolder()
{
    return userFolder("XDG_CACHE_HOME", ".cache");
}

std::filesystem::path stateFolder()
{
    return userFolder("XDG_STATE_HOME", ".local/state");
}

std::filesystem::path defaultRunsFolder()
{
    return dataFolder() / "runs";
}

std::filesystem::path weightsFolder()
{
    return dataFolder() / "weights";
}

void provideHome()
{
    const char* value = std::getenv("HOME");
    if (!value || !std::filesystem::path(value).is_absolute()) {
        if (const std::filesystem::path home = accountsFolder(); home.is_absolute()) {
            setenv("HOME", home.c_str(), 1);
        }
    }
}

} // namespace thaw

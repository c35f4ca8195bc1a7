#include "tests/support/test_paths.h"

#include <cstdlib>
#include <stdexcept>
#include <system_error>

namespace thaw::test {

TemporaryFolder::TemporaryFolder()
{
    std::string pattern = (std::filesystem::temp_directory_path() / "thaw-test-XXXXXX").string();
    if (!mkdtemp(pattern.data())) {
        throw std::runtime_error("no temporary folder: " + pattern);
    }
    m_path = pattern;
}

TemporaryFolder::~TemporaryFolder()
{
    std::error_code ignored;
    std::filesystem::remove_all(m_path, ignored);
}

std::optional<std::filesystem::path> sharedPath(const std::string& name)
{
    const char* shared = std::getenv("THAW_SHARED");
    if (!shared || !*shared) {
        return std::nullopt;
    }
    std::filesystem::path path = std::filesystem::path(shared) / name;
    return std::filesystem::exists(path) ? std::optional(path) : std::nullopt;
}

void isolateUserFolders(const std::filesystem::path& root)
{
    for (const char* variable : {"XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"}) {
        const auto folder = root / variable;
        std::filesystem::create_directories(folder);
        setenv(variable, folder.c_str(), 1);
    }
}

} // namespace thaw::test

#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace thaw::test {

/// A folder of its own under the system's temporary folder, removed with everything in it at the end.
class TemporaryFolder
{
public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    const std::filesystem::path& path() const { return m_path; }
    std::filesystem::path operator/(const std::string& name) const { return m_path / name; }

private:
    std::filesystem::path m_path;
};

/// $THAW_SHARED/NAME: reference data kept outside the repository. Absent: the test says so and skips.
std::optional<std::filesystem::path> sharedPath(const std::string& name);

/// Points XDG_DATA_HOME, XDG_CACHE_HOME and XDG_CONFIG_HOME into `root`, so that a test touches nothing of
/// the user's.
void isolateUserFolders(const std::filesystem::path& root);

} // namespace thaw::test

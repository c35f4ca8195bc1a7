#pragma once

#include <QString>

#include <filesystem>
#include <optional>

namespace thaw::ui {

/// The newest crash log that nobody has been told about, crash-….log in `folder` (stateFolder()).
std::optional<QString> untoldCrashLog(const std::filesystem::path& folder);
/// No longer untold, and neither are those before it. Only the newest ten are kept.
void markCrashLogTold(const QString& file);

} // namespace thaw::ui

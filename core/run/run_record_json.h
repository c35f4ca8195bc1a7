#pragma once

#include "core/experiment/run_record.h"

#include <filesystem>
#include <string>

namespace thaw {

/// run.json. Unknown keys survive. @throws Error WriteFailed, DiskFull
void writeRunRecord(const std::filesystem::path& file, const RunRecord& record);
/// @throws Error FileNotFound, RunInvalid
RunRecord readRunRecord(const std::filesystem::path& file);
std::string formatRunRecord(const RunRecord& record);
/// @param file for messages @throws Error RunInvalid
RunRecord parseRunRecord(const std::string& text, const std::filesystem::path& file = {});

} // namespace thaw

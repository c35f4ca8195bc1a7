#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace thaw::test {

/// The entries of a zip archive by name, unpacked.
using ArchiveEntries = std::map<std::string, std::string>;

ArchiveEntries readArchive(const std::filesystem::path& path);
/// @param packed deflated, else stored as they are, as PyTorch does
void writeArchive(const std::filesystem::path& path, const ArchiveEntries& entries, bool packed = false);

} // namespace thaw::test

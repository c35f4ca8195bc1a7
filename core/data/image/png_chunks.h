#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <vector>

namespace thaw {

/// A PNG with nothing but what its pixels need (header, palette, palette transparency, data, end): text that
/// unpacks to gigabytes, colour profiles that the decoder warns of and later frames never reach it.
/// Internal to core/data.
/// @throws Error ImageUnreadable when the file ends before its end chunk or holds no data
std::vector<std::byte> essentialPng(std::span<const std::byte> bytes, const std::filesystem::path& path);

} // namespace thaw

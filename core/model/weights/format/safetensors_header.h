#pragma once

// Internal to core/model.

#include "core/model/kernels/float_conversion.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace thaw {

/// One tensor as a safetensors header describes it; the bytes lie at [begin, end) of the data section.
struct SafetensorsEntry
{
    std::string name;
    std::string type; ///< "F32", "BF16" …
    std::vector<std::int64_t> shape;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
};

struct SafetensorsHeader
{
    std::vector<SafetensorsEntry> entries; ///< by offset
    std::map<std::string, std::string> metadata;
};

/// Parses the JSON and checks all that can be checked without the data: names unique, known number types,
/// shapes that match their bytes, entries that cover the data section without overlap or hole.
/// @param dataSize bytes that follow the header
/// @param path named in errors
/// @throws Error WeightsInvalid
SafetensorsHeader parseSafetensorsHeader(std::string_view json, std::uint64_t dataSize,
                                         const std::filesystem::path& path);

/// Nothing for a type that we do not read.
std::optional<NumberType> numberTypeOf(std::string_view type);

[[noreturn]] void throwTypeNotRead(const SafetensorsEntry& entry, const std::filesystem::path& path);

/// Text out of a file, fit for a one-line message: shortened, without control characters.
std::string shownName(std::string_view name, std::size_t longest = 200);

} // namespace thaw

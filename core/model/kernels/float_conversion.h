#pragma once

// Internal to core/model: numbers of other widths, as weights files keep them.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace thaw {

enum class NumberType { Float16, BFloat16, Float32, Float64, UInt8 };

std::uint64_t sizeOf(NumberType type);

/// Little-endian values, one after the other. Those of a double beyond a float's range become infinite.
/// @param bytes a multiple of the type's size
std::vector<float> toFloats(std::span<const std::byte> bytes, NumberType type);

} // namespace thaw

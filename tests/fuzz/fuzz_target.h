#pragma once

#include "core/base/error.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

/// What libFuzzer calls, and our own driver where there is no libFuzzer: one reader, given bytes that nobody
/// vouches for. Anything but a return or a thaw::Error is a mistake.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace thaw::fuzz {

/// The bytes as a file in memory, for readers that take a path. Overwrites what it held before.
std::filesystem::path fileOf(std::span<const std::byte> bytes);

/// Runs a reader; a refusal is as good as success.
template <typename Read>
void read(Read reader)
{
    try {
        reader();
    } catch (const Error&) {
    }
}

} // namespace thaw::fuzz

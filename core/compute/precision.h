#pragma once

#include <optional>
#include <string_view>

namespace thaw {

/// Arithmetic of layers of the base. Weights, their updates and the head are float32 in any case.
enum class Precision {
    Auto,
    Float32,
    Bfloat16,
    Float16, ///< on CUDA devices alone; layers that train scale their loss, see LossScale
};

const char* nameOf(Precision precision); ///< "auto", "float32", "bfloat16", "float16"
std::optional<Precision> precisionFromName(std::string_view name);
int valueBytes(Precision precision); ///< of a number in it; Auto counts as float32

} // namespace thaw

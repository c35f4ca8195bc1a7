#pragma once

#include <cstdint>

namespace thaw {

/// One of the base's layers as a FrozenChain takes it.
struct ChainLayer
{
    bool isPool = false;
    std::int64_t inputs = 0; ///< channels; both unused for a pool
    std::int64_t outputs = 0;
    const float* kernel = nullptr; ///< [outputs, 3, 3, inputs]; both copied
    const float* bias = nullptr;
};

/// A square picture as it comes to a layer.
struct ChainMap
{
    std::int64_t channels = 3;
    int side = 0;

    std::int64_t values() const { return channels * side * side; }
};

/// Arithmetic of a FrozenChain.
enum class ChainType {
    Float32,  ///< by Winograd's transform (see winograd.h)
    Bfloat16, ///< values and weights; sums in float32
};

} // namespace thaw

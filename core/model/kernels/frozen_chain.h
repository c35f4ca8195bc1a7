#pragma once

#include "core/model/kernels/chain_layer.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace thaw {

/// The base's first layers without gradients, each convolution fused with its ReLU, computed by oneDNN;
/// float32 convolutions by winograd_avx2.h where the processor has AVX2 alone. A few pictures at a time go
/// through all layers, so that a layer's output is still in the processor's cache for the next layer. Neither
/// memory nor results depend on the size of a batch. Each thread takes a few pictures of its own and waits
/// for the others only at the end of a batch: another program on the machine costs no more than its own time.
/// With AVX2 alone the small maps of the last layers are computed after the others, more pictures at a time,
/// with all threads on each.
///
/// One caller at a time.
class FrozenChain
{
public:
    /// @param side of the square pictures
    /// @param threads to compute with, the caller's included; the same numbers with any
    /// @throws std::exception no memory
    FrozenChain(const std::vector<ChainLayer>& layers, int side, ChainType type, int threads);
    ~FrozenChain();
    FrozenChain(const FrozenChain&) = delete;
    FrozenChain& operator=(const FrozenChain&) = delete;

    /// Whether a chain is faster than LibTorch for these layers: with AVX-512 or AVX2, for bfloat16 with the
    /// instructions for it, and with numbers of channels that are multiples of 16.
    static bool fits(const std::vector<ChainLayer>& layers, int side, ChainType type);

    /// Bytes that a chain of such layers holds for as long as it lives.
    static std::size_t bytes(const std::vector<ChainLayer>& layers, int side, ChainType type, int threads);

    /// @param pictures [count, side, side, 3]
    /// @param taps ascending; 0 is the input of the first layer, n the output of the n-th
    /// @param outputs for each tap [count, height, width, channels] of the chain's type, to be filled
    void run(const float* pictures, std::int64_t count, std::span<const int> taps,
             std::span<void* const> outputs);

private:
    struct Parts;
    std::unique_ptr<Parts> m_parts;
};

} // namespace thaw

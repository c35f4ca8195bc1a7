#pragma once

#include "core/model/chain_layer.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace thaw {

/// The base's first layers without gradients, each convolution fused with its ReLU, computed by oneDNN;
/// float32 convolutions by winograd_avx2.h where the processor has AVX2 alone. Pictures go through a few at a
/// time, so that what a layer gives is still in the processor's cache for the next one: memory does not
/// depend on the size of a batch, and neither do the numbers. Threads take such few pictures each and wait
/// for each other only at a batch's end, so that other work on the machine takes from them its own time and
/// no more. With AVX2 alone the small maps of the last layers go through more at a time, with all threads for
/// each, after the others.
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

    /// Whether the processor computes these layers faster so than LibTorch does: with AVX-512 or AVX2, for
    /// bfloat16 its instructions, and numbers of channels that are multiples of 16.
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

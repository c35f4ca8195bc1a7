#pragma once

#include "core/model/winograd.h"

#include <cstddef>
#include <cstdint>
#include <memory>

/// Winograd's minimal filtering F(4 × 4, 3 × 3) for processors with AVX2 and no AVX-512, where oneDNN has
/// none. Tiles of 6 × 6 are transformed here, for the points 0, ±√½, ±√2 and ∞; the products of their 36
/// places are oneDNN's, or LibTorch's where that has a oneDNN of its own. Layouts as in winograd.h. The same
/// numbers for the same arguments and number of threads.
namespace thaw::avx2 {

bool isThere(); ///< whether the processor has AVX2 and fused multiply-adds

/// Memory that grows as needed and is kept from use to use; its values are not.
class Buffer
{
public:
    /// At least so many floats, on a cache line's border. @throws std::bad_alloc
    float* atLeast(std::int64_t count);
    const float* values() const { return m_values.get(); }

private:
    struct Free
    {
        void operator()(float* values) const noexcept;
    };
    std::unique_ptr<float[], Free> m_values;
    std::int64_t m_count = 0;
};

// A thread's calls share a buffer, which holds what they work in.

/// Bytes that the buffer has after any of the next three calls.
std::int64_t workspaceBytes(const ConvolutionShape& shape, int threads);

/// @throws std::exception no memory; so do the next ones
void forward(const ConvolutionShape& shape, const float* input, const float* kernel, const float* bias,
             float* output, Buffer& buffer, int threads);

void inputGradient(const ConvolutionShape& shape, const float* outputGradient, const float* kernel,
                   float* gradient, Buffer& buffer, int threads);

void kernelGradient(const ConvolutionShape& shape, const float* input, const float* outputGradient,
                    float* gradient, float* biasGradient, Buffer& buffer, int threads);

/// Floats of a kernel that is transformed once, for many calls: [36, outputs, inputs].
std::int64_t transformedFloats(const ConvolutionShape& shape);

/// @param transformed transformedFloats, to be filled
void transformKernel(const ConvolutionShape& shape, const float* kernel, float* transformed, int threads);

/// Bytes that the buffer has after the next call.
std::int64_t frozenBytes(const ConvolutionShape& shape, int threads);

/// As forward(), and negative outputs become 0.
void forwardFrozen(const ConvolutionShape& shape, const float* input, const float* transformed,
                   const float* bias, float* output, Buffer& buffer, int threads);

} // namespace thaw::avx2

#pragma once

#include "core/model/kernels/winograd.h"

#include <cstddef>
#include <cstdint>
#include <memory>

namespace thaw {

/// Ours, for processors with AVX2 and no AVX-512, where oneDNN has none. Tiles of 6 × 6 are transformed here,
/// for the points 0, ±√½, ±√2 and ∞; the products of their 36 places are oneDNN's, or LibTorch's where that
/// has a oneDNN of its own.
class Avx2Winograd : public Winograd
{
public:
    static bool isThere(); ///< whether the processor has AVX2 and fused multiply-adds

    bool fits(const ConvolutionShape&) const override { return true; }
    std::int64_t workspaceBytes(const ConvolutionShape& shape) const override;
    void forward(const ConvolutionShape& shape, const float* input, const float* kernel, const float* bias,
                 float* output) const override;
    void inputGradient(const ConvolutionShape& shape, const float* outputGradient, const float* kernel,
                       float* inputGradient) const override;
    void kernelGradient(const ConvolutionShape& shape, const float* input, const float* outputGradient,
                        float* kernelGradient, float* biasGradient) const override;
};

/// The same for kernels that never change, which are transformed once.
namespace avx2 {

/// Memory that grows as needed and is kept from use to use; its values are not.
class Buffer
{
public:
    /// Memory for at least `count` floats, aligned to a cache line. @throws std::bad_alloc
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

/// Floats of a transformed kernel: [36, outputs, inputs].
std::int64_t transformedFloats(const ConvolutionShape& shape);

/// @param transformed transformedFloats, to be filled
void transformKernel(const ConvolutionShape& shape, const float* kernel, float* transformed, int threads);

/// Bytes that the buffer has after the next call.
std::int64_t frozenBytes(const ConvolutionShape& shape, int threads);

/// As Avx2Winograd::forward(), and negative outputs become 0. @throws std::exception no memory
void forwardFrozen(const ConvolutionShape& shape, const float* input, const float* transformed,
                   const float* bias, float* output, Buffer& buffer, int threads);

} // namespace avx2

} // namespace thaw

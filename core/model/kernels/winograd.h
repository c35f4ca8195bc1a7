#pragma once

#include <cstdint>

namespace thaw {

/// A convolution with 3 × 3 kernels, stride 1 and one row and column of zeros around each picture.
struct ConvolutionShape
{
    std::int64_t images = 0;
    std::int64_t inputs = 0; ///< channels
    std::int64_t outputs = 0;
    std::int64_t height = 0;
    std::int64_t width = 0;
};

/// Tiles of 4 × 4 outputs that cover a picture; the last ones of a row and of a column may reach beyond it.
constexpr std::int64_t winogradTiles(std::int64_t height, std::int64_t width)
{
    return ((height + 3) / 4) * ((width + 3) / 4);
}

/// Winograd's minimal filtering F(4 × 4, 3 × 3) (Lavin & Gray, "Fast Algorithms for Convolutional Neural
/// Networks", 2016): 36 multiplications for 16 outputs in place of 144, all in float32.
/// It differs from the plain sum by about the plain sum's own rounding: 7e-7 of a layer's output (root mean
/// square). The same numbers for the same arguments and number of threads.
///
/// Pictures lie as [images, height, width, channels], kernels as [outputs, 3, 3, inputs].
class Winograd
{
public:
    virtual ~Winograd() = default;

    virtual bool fits(const ConvolutionShape& shape) const = 0;

    /// Bytes that the calls below work in beside their arguments; a thread keeps most of them from call to
    /// call.
    virtual std::int64_t workspaceBytes(const ConvolutionShape& shape) const = 0;

    // What these write need not be initialised. @pre fits(). @throws std::exception no memory

    virtual void forward(const ConvolutionShape& shape, const float* input, const float* kernel,
                         const float* bias, float* output) const = 0;
    /// The loss's gradient on the input from that on the output.
    virtual void inputGradient(const ConvolutionShape& shape, const float* outputGradient,
                               const float* kernel, float* inputGradient) const = 0;
    /// The loss's gradients on kernel and bias.
    virtual void kernelGradient(const ConvolutionShape& shape, const float* input,
                                const float* outputGradient, float* kernelGradient,
                                float* biasGradient) const = 0;
};

/// Whose transforms the processor computes.
enum class WinogradKind {
    None,   ///< neither instruction set
    Onednn, ///< with AVX-512
    Avx2,   ///< ours (see winograd_avx2.h), where oneDNN has none
};

WinogradKind winogradKind();

/// @return what computes such a convolution; null unless the processor (AVX-512 or AVX2) and the numbers of
/// channels (multiples of 16) are fit for it
const Winograd* winogradFor(const ConvolutionShape& shape);

} // namespace thaw

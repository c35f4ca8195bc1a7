#include "core/model/kernels/winograd_avx2.h"

#include "core/model/kernels/winograd_tiles_avx2.h"

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <new>
#include <omp.h>
#include <utility>

#ifdef THAW_ONEDNN_PRODUCT
#include <dnnl.h>
#include <stdexcept>
#else
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#endif

namespace thaw {

namespace avx2 {

namespace {

/// From one place's values to the next one's. Not a power of two, or the places of a tile would share a few
/// lines of the cache.
int64_t strideOf(int64_t tiles, int64_t channels)
{
    return tiles * channels + 16;
}

/// What products work in is to stay in the processor's cache, and yet be worth reading the kernel for.
constexpr int64_t cachedFloats = 1 << 20;
constexpr int64_t fewestTiles = 144;

int64_t tilesAtOnce(const ConvolutionShape& shape)
{
    const int64_t wanted = std::max(fewestTiles, cachedFloats / (places * (shape.inputs + shape.outputs)));
    return std::clamp<int64_t>(wanted, 1, std::max<int64_t>(1, Tiles(shape).count));
}

/// Whose gradients are summed over all tiles: memory sets how many.
int64_t gradientTilesAtOnce(const ConvolutionShape& shape)
{
    constexpr int64_t floats = 16 << 20;
    const int64_t wanted = std::max(fewestTiles, floats / (places * (shape.inputs + shape.outputs)));
    return std::clamp<int64_t>(wanted, 1, std::max<int64_t>(1, Tiles(shape).count));
}

ConvolutionShape exchanged(ConvolutionShape shape)
{
    std::swap(shape.inputs, shape.outputs);
    return shape;
}

/// Calls task(i, thread) for i of 0 … count − 1, on several threads of which `thread` is one. What one of
/// them throws is thrown at the end.
template <typename Task>
void inParallel(int64_t count, int threads, Task task)
{
    if (threads <= 1) {
        for (int64_t i = 0; i < count; ++i) {
            task(i, 0);
        }
        return;
    }
    std::exception_ptr failure;
#pragma omp parallel for schedule(dynamic) num_threads(threads)
    for (int64_t i = 0; i < count; ++i) {
        try {
            task(i, omp_get_thread_num());
        } catch (...) {
#pragma omp critical(thaw_winograd_avx2)
            failure = std::current_exception();
        }
    }
    if (failure) {
        std::rethrow_exception(failure);
    }
}

/// result = left · right, or with `adds` that much more, all row by row. In a parallel region it has the
/// calling thread alone.
/// @param left [rows, depth], or transposed; @param right [depth, columns], or transposed
void product(bool leftTransposed, bool rightTransposed, int64_t rows, int64_t columns, int64_t depth,
             const float* left, const float* right, bool adds, float* result)
{
#ifdef THAW_ONEDNN_PRODUCT
    // A sixth faster here than OpenBLAS, which LibTorch calls.
    if (dnnl_sgemm(leftTransposed ? 'T' : 'N', rightTransposed ? 'T' : 'N', rows, columns, depth, 1, left,
                   leftTransposed ? rows : depth, right, rightTransposed ? depth : columns, adds ? 1 : 0,
                   result, columns) != dnnl_success)
    {
        throw std::runtime_error("oneDNN could not multiply matrices");
    }
#else
    // PyPI's LibTorch exports parts of a oneDNN of its own, among them the lambda of a call_once: oneDNN's
    // product would set up the other one's kernels and find none.
    const at::NoGradGuard guard;
    const auto matrix = [](const float* values, int64_t height, int64_t width) {
        return at::from_blob(const_cast<float*>(values), {height, width}, at::kFloat);
    };
    const at::Tensor first = leftTransposed ? matrix(left, depth, rows).t() : matrix(left, rows, depth);
    const at::Tensor second =
        rightTransposed ? matrix(right, columns, depth).t() : matrix(right, depth, columns);
    at::Tensor sum = matrix(result, rows, columns);
    if (adds) {
        at::addmm_out(sum, sum, first, second);
    } else {
        at::mm_out(sum, first, second);
    }
#endif
}

/// How convolve() shares its tiles out: each thread takes some of its own, or where there are few, all
/// threads take the same ones.
struct Sharing
{
    Sharing(const ConvolutionShape& shape, int threads)
        : tilesEach(tilesAtOnce(shape))
        , parts((Tiles(shape).count + tilesEach - 1) / tilesEach)
        , outside(parts >= 2 * int64_t(threads) ? threads : 1)
        , inside(threads / outside)
    {
    }

    int64_t tilesEach;
    int64_t parts;
    int outside; ///< parts in work at a time
    int inside;  ///< threads for each of them
};

/// Floats that convolve() works in for each part in work.
int64_t partFloats(const ConvolutionShape& shape)
{
    const int64_t tiles = tilesAtOnce(shape);
    return shape.inputs + places * (strideOf(tiles, shape.inputs) + strideOf(tiles, shape.outputs));
}

int64_t convolveFloats(const ConvolutionShape& shape, int threads)
{
    return Sharing(shape, threads).outside * partFloats(shape);
}

int64_t kernelGradientFloats(const ConvolutionShape& shape)
{
    const int64_t tiles = gradientTilesAtOnce(shape);
    return std::max(shape.inputs, shape.outputs) + transformedFloats(shape) +
           places * (strideOf(tiles, shape.inputs) + strideOf(tiles, shape.outputs));
}

/// A convolution with transformed kernels [36, outputs, inputs], or where `back` is set [36, inputs,
/// outputs]. @param bias null for none @param workspace convolveFloats
void convolve(const ConvolutionShape& shape, const float* input, const float* transformed, bool back,
              const float* bias, bool relu, float* output, float* workspace, int threads)
{
    const Tiles tiles(shape);
    const Sharing sharing(shape, threads);
    const int64_t perPart = partFloats(shape);
    inParallel(sharing.parts, sharing.outside, [&](int64_t part, int thread) {
        const int64_t first = part * sharing.tilesEach;
        const int64_t count = std::min(sharing.tilesEach, tiles.count - first);
        float* const zeros = workspace + thread * perPart;
        float* const gathered = zeros + shape.inputs;
        float* const products = gathered + places * strideOf(sharing.tilesEach, shape.inputs);
        const int64_t inputStride = strideOf(count, shape.inputs);
        const int64_t outputStride = strideOf(count, shape.outputs);
        std::fill_n(zeros, shape.inputs, 0.0f);
        inParallel(count, sharing.inside, [&](int64_t i, int) {
            const float* sources[places];
            tiles.find<const float>(first + i, tileSide, input, shape.inputs, zeros, sources);
            transformTile<InputTransform>(shape.inputs, AtPointers{sources},
                                          ToApart{gathered + i * shape.inputs, inputStride});
        });
        inParallel(places, sharing.inside, [&](int64_t place, int) {
            product(false, !back, count, shape.outputs, shape.inputs, gathered + place * inputStride,
                    transformed + place * shape.inputs * shape.outputs, false,
                    products + place * outputStride);
        });
        inParallel(count, sharing.inside, [&](int64_t i, int) {
            float* targets[outputSide * outputSide];
            tiles.find<float>(first + i, outputSide, output, shape.outputs, nullptr, targets);
            transformTile<OutputTransform>(shape.outputs, Apart{products + i * shape.outputs, outputStride},
                                           ToOutputs{targets, bias, relu});
        });
    });
}

/// @param turned by half a turn, as gradients on inputs need them
void transformKernels(const ConvolutionShape& shape, const float* kernel, bool turned, float* transformed,
                      int threads)
{
    inParallel(shape.outputs, threads, [&](int64_t output, int) {
        const float* sources[9];
        for (int64_t i = 0; i < 9; ++i) {
            sources[i] = kernel + (output * 9 + (turned ? 8 - i : i)) * shape.inputs;
        }
        transformTile<KernelTransform>(
            shape.inputs, AtPointers{sources},
            ToApart{transformed + output * shape.inputs, shape.outputs * shape.inputs});
    });
}

/// Sums over images, rows and columns; each row apart first, so that long sums round as little as short ones.
void sumPixels(const ConvolutionShape& shape, const float* values, float* sums, int threads)
{
    constexpr int64_t together = 16;
    inParallel(shape.outputs / together, threads, [&](int64_t part, int) {
        double total[together] = {};
        for (int64_t row = 0; row < shape.images * shape.height; ++row) {
            float sum[together] = {};
            const float* value = values + row * shape.width * shape.outputs + part * together;
            for (int64_t x = 0; x < shape.width; ++x, value += shape.outputs) {
                for (int64_t i = 0; i < together; ++i) {
                    sum[i] += value[i];
                }
            }
            for (int64_t i = 0; i < together; ++i) {
                total[i] += sum[i];
            }
        }
        for (int64_t i = 0; i < together; ++i) {
            sums[part * together + i] = static_cast<float>(total[i]);
        }
    });
}

} // namespace

void Buffer::Free::operator()(float* values) const noexcept
{
    std::free(values);
}

float* Buffer::atLeast(std::int64_t count)
{
    if (count > m_count) {
        constexpr std::size_t line = 64;
        m_values.reset();
        m_count = 0;
        const std::size_t bytes = (static_cast<std::size_t>(count) * sizeof(float) + line - 1) / line * line;
        m_values.reset(static_cast<float*>(std::aligned_alloc(line, bytes)));
        if (!m_values) {
            throw std::bad_alloc();
        }
        m_count = count;
    }
    return m_values.get();
}

std::int64_t transformedFloats(const ConvolutionShape& shape)
{
    return places * shape.outputs * shape.inputs;
}

void transformKernel(const ConvolutionShape& shape, const float* kernel, float* transformed, int threads)
{
    transformKernels(shape, kernel, false, transformed, threads);
}

std::int64_t frozenBytes(const ConvolutionShape& shape, int threads)
{
    return convolveFloats(shape, threads) * int64_t(sizeof(float));
}

void forwardFrozen(const ConvolutionShape& shape, const float* input, const float* transformed,
                   const float* bias, float* output, Buffer& buffer, int threads)
{
    float* const workspace = buffer.atLeast(convolveFloats(shape, threads));
    convolve(shape, input, transformed, false, bias, true, output, workspace, threads);
}

} // namespace avx2

using namespace avx2;

namespace {

/// What the calling thread's transforms work in.
Buffer& callersBuffer()
{
    thread_local Buffer kept;
    return kept;
}

} // namespace

bool Avx2Winograd::isThere()
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

std::int64_t Avx2Winograd::workspaceBytes(const ConvolutionShape& shape) const
{
    const int threads = omp_get_max_threads();
    const int64_t convolving =
        std::max(convolveFloats(shape, threads), convolveFloats(exchanged(shape), threads));
    const int64_t floats = std::max(transformedFloats(shape) + convolving, kernelGradientFloats(shape));
    return floats * int64_t(sizeof(float));
}

void Avx2Winograd::forward(const ConvolutionShape& shape, const float* input, const float* kernel,
                           const float* bias, float* output) const
{
    const int threads = omp_get_max_threads();
    const int64_t kernelFloats = transformedFloats(shape);
    float* const transformed = callersBuffer().atLeast(kernelFloats + convolveFloats(shape, threads));
    transformKernels(shape, kernel, false, transformed, threads);
    convolve(shape, input, transformed, false, bias, false, output, transformed + kernelFloats, threads);
}

void Avx2Winograd::inputGradient(const ConvolutionShape& shape, const float* outputGradient,
                                 const float* kernel, float* inputGradient) const
{
    const int threads = omp_get_max_threads();
    const ConvolutionShape back = exchanged(shape);
    const int64_t kernelFloats = transformedFloats(shape);
    float* const transformed = callersBuffer().atLeast(kernelFloats + convolveFloats(back, threads));
    transformKernels(shape, kernel, true, transformed, threads);
    convolve(back, outputGradient, transformed, true, nullptr, false, inputGradient,
             transformed + kernelFloats, threads);
}

void Avx2Winograd::kernelGradient(const ConvolutionShape& shape, const float* input,
                                  const float* outputGradient, float* kernelGradient,
                                  float* biasGradient) const
{
    const int threads = omp_get_max_threads();
    const Tiles tiles(shape);
    const int64_t step = gradientTilesAtOnce(shape);
    const int64_t kernelSize = shape.outputs * shape.inputs;
    float* const zeros = callersBuffer().atLeast(kernelGradientFloats(shape));
    float* const sums = zeros + std::max(shape.inputs, shape.outputs);
    float* const inputTiles = sums + transformedFloats(shape);
    float* const gradientTiles = inputTiles + places * strideOf(step, shape.inputs);
    std::fill_n(zeros, std::max(shape.inputs, shape.outputs), 0.0f);
    for (int64_t first = 0; first < tiles.count; first += step) {
        const int64_t count = std::min(step, tiles.count - first);
        const int64_t inputStride = strideOf(count, shape.inputs);
        const int64_t gradientStride = strideOf(count, shape.outputs);
        inParallel(count, threads, [&](int64_t i, int) {
            const float* sources[places];
            tiles.find<const float>(first + i, tileSide, input, shape.inputs, zeros, sources);
            transformTile<InputTransform>(shape.inputs, AtPointers{sources},
                                          ToApart{inputTiles + i * shape.inputs, inputStride});
            tiles.find<const float>(first + i, outputSide, outputGradient, shape.outputs, zeros, sources);
            transformTile<OutputGradientTransform>(
                shape.outputs, AtPointers{sources},
                ToApart{gradientTiles + i * shape.outputs, gradientStride});
        });
        inParallel(places, threads, [&](int64_t place, int) {
            product(true, false, shape.outputs, shape.inputs, count, gradientTiles + place * gradientStride,
                    inputTiles + place * inputStride, first > 0, sums + place * kernelSize);
        });
    }
    inParallel(shape.outputs, threads, [&](int64_t output, int) {
        float* targets[9];
        for (int64_t i = 0; i < 9; ++i) {
            targets[i] = kernelGradient + (output * 9 + i) * shape.inputs;
        }
        transformTile<KernelGradientTransform>(shape.inputs, Apart{sums + output * shape.inputs, kernelSize},
                                               ToPointers{targets});
    });
    sumPixels(shape, outputGradient, biasGradient, threads);
}

} // namespace thaw

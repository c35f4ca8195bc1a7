#include "core/model/winograd_avx2.h"

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

// Only these functions are compiled for AVX2: the rest of the program must start on any processor.
#define THAW_AVX2 [[gnu::target("avx2,fma")]]

namespace thaw::avx2 {

namespace {

using std::int64_t;

/// Eight channels.
using Lanes = float __attribute__((vector_size(32)));
using LanesInMemory = float __attribute__((vector_size(32), aligned(4), may_alias));
constexpr int64_t laneCount = 8;

constexpr int64_t tileSide = 6; ///< of inputs
constexpr int64_t outputSide = 4;
constexpr int64_t places = tileSide * tileSide;

// The finite points are 0, ±√½ and ±√2. They round less than Lavin & Gray's ±1 and ±2: their powers are
// nearer to one, and the even ones exact.
constexpr float a = 0.707106781F;
constexpr float b = 1.414213562F;
constexpr float a2 = 0.5F;
constexpr float b2 = 2;
constexpr float kernelScale0 = 1 / (a2 * b2);
constexpr float kernelScaleA = 1 / (2 * a2 * (a2 - b2));
constexpr float kernelScaleB = 1 / (2 * b2 * (b2 - a2));

THAW_AVX2 Lanes load(const float* values)
{
    return *reinterpret_cast<const LanesInMemory*>(values);
}

THAW_AVX2 void store(float* values, Lanes lanes)
{
    *reinterpret_cast<LanesInMemory*>(values) = lanes;
}

/// Each of the following is one dimension of a transform: Bᵀ, Aᵀ and G of the paper, and A and Gᵀ for
/// gradients.
struct InputTransform
{
    static constexpr int64_t from = tileSide;
    static constexpr int64_t to = tileSide;
    THAW_AVX2 static void apply(const Lanes* d, Lanes* result)
    {
        const Lanes evenA = d[4] - b2 * d[2];
        const Lanes oddA = a * (d[3] - b2 * d[1]);
        const Lanes evenB = d[4] - a2 * d[2];
        const Lanes oddB = b * (d[3] - a2 * d[1]);
        result[0] = (a2 * b2) * d[0] - (a2 + b2) * d[2] + d[4];
        result[1] = evenA + oddA;
        result[2] = evenA - oddA;
        result[3] = evenB + oddB;
        result[4] = evenB - oddB;
        result[5] = (a2 * b2) * d[1] - (a2 + b2) * d[3] + d[5];
    }
};

struct OutputTransform
{
    static constexpr int64_t from = tileSide;
    static constexpr int64_t to = outputSide;
    THAW_AVX2 static void apply(const Lanes* m, Lanes* result)
    {
        const Lanes sumA = m[1] + m[2];
        const Lanes differenceA = m[1] - m[2];
        const Lanes sumB = m[3] + m[4];
        const Lanes differenceB = m[3] - m[4];
        result[0] = m[0] + sumA + sumB;
        result[1] = a * differenceA + b * differenceB;
        result[2] = a2 * sumA + b2 * sumB;
        result[3] = (a2 * a) * differenceA + (b2 * b) * differenceB + m[5];
    }
};

struct KernelTransform
{
    static constexpr int64_t from = 3;
    static constexpr int64_t to = tileSide;
    THAW_AVX2 static void apply(const Lanes* g, Lanes* result)
    {
        const Lanes evenA = g[0] + a2 * g[2];
        const Lanes evenB = g[0] + b2 * g[2];
        result[0] = kernelScale0 * g[0];
        result[1] = kernelScaleA * (evenA + a * g[1]);
        result[2] = kernelScaleA * (evenA - a * g[1]);
        result[3] = kernelScaleB * (evenB + b * g[1]);
        result[4] = kernelScaleB * (evenB - b * g[1]);
        result[5] = g[2];
    }
};

struct OutputGradientTransform
{
    static constexpr int64_t from = outputSide;
    static constexpr int64_t to = tileSide;
    THAW_AVX2 static void apply(const Lanes* y, Lanes* result)
    {
        const Lanes evenA = y[0] + a2 * y[2];
        const Lanes oddA = a * y[1] + (a2 * a) * y[3];
        const Lanes evenB = y[0] + b2 * y[2];
        const Lanes oddB = b * y[1] + (b2 * b) * y[3];
        result[0] = y[0];
        result[1] = evenA + oddA;
        result[2] = evenA - oddA;
        result[3] = evenB + oddB;
        result[4] = evenB - oddB;
        result[5] = y[3];
    }
};

struct KernelGradientTransform
{
    static constexpr int64_t from = tileSide;
    static constexpr int64_t to = 3;
    THAW_AVX2 static void apply(const Lanes* u, Lanes* result)
    {
        const Lanes sumA = kernelScaleA * (u[1] + u[2]);
        const Lanes sumB = kernelScaleB * (u[3] + u[4]);
        result[0] = kernelScale0 * u[0] + sumA + sumB;
        result[1] = (kernelScaleA * a) * (u[1] - u[2]) + (kernelScaleB * b) * (u[3] - u[4]);
        result[2] = a2 * sumA + b2 * sumB + u[5];
    }
};

/// Both dimensions, for eight channels. @param source and target one place after the other, row by row
template <typename Transform>
THAW_AVX2 inline void transformLanes(const Lanes* source, Lanes* target)
{
    constexpr int64_t from = Transform::from;
    constexpr int64_t to = Transform::to;
    Lanes rows[to][from];
    for (int64_t x = 0; x < from; ++x) {
        Lanes column[from];
        Lanes result[to];
        for (int64_t y = 0; y < from; ++y) {
            column[y] = source[y * from + x];
        }
        Transform::apply(column, result);
        for (int64_t y = 0; y < to; ++y) {
            rows[y][x] = result[y];
        }
    }
    for (int64_t y = 0; y < to; ++y) {
        Transform::apply(rows[y], target + y * to);
    }
}

/// For all channels: what lies at `source` becomes `to` × `to` places, `stride` floats apart.
template <typename Transform>
THAW_AVX2 void scatter(const float* const* source, int64_t channels, float* target, int64_t stride)
{
    constexpr int64_t given = Transform::from * Transform::from;
    constexpr int64_t made = Transform::to * Transform::to;
    for (int64_t c = 0; c < channels; c += laneCount) {
        Lanes values[given];
        Lanes results[made];
        for (int64_t i = 0; i < given; ++i) {
            values[i] = load(source[i] + c);
        }
        transformLanes<Transform>(values, results);
        for (int64_t i = 0; i < made; ++i) {
            store(target + i * stride + c, results[i]);
        }
    }
}

/// For all channels: places `stride` floats apart become what lies at `target`; a null there is left out.
template <typename Transform, typename Finish>
THAW_AVX2 void gather(const float* source, int64_t stride, int64_t channels, float* const* target,
                      Finish finish)
{
    constexpr int64_t given = Transform::from * Transform::from;
    constexpr int64_t made = Transform::to * Transform::to;
    for (int64_t c = 0; c < channels; c += laneCount) {
        Lanes values[given];
        Lanes results[made];
        for (int64_t i = 0; i < given; ++i) {
            values[i] = load(source + i * stride + c);
        }
        transformLanes<Transform>(values, results);
        for (int64_t i = 0; i < made; ++i) {
            if (target[i]) {
                store(target[i] + c, finish(results[i], c));
            }
        }
    }
}

/// The tiles of a batch's pictures, one picture after the other, row by row.
struct Tiles
{
    explicit Tiles(const ConvolutionShape& shape)
        : height(shape.height)
        , width(shape.width)
        , across((width + outputSide - 1) / outputSide)
        , each((height + outputSide - 1) / outputSide * across)
        , count(shape.images * each)
    {
    }

    /// Where the values of a tile lie in [images, height, width, channels]; `outside` for those beyond the
    /// border. @param side 6 for what a tile reads, with a border of one; 4 for what it writes
    template <typename Float>
    void find(int64_t tile, int64_t side, Float* values, int64_t channels, Float* outside,
              Float** result) const
    {
        const int64_t border = side == tileSide ? 1 : 0;
        const int64_t image = tile / each;
        const int64_t top = tile % each / across * outputSide - border;
        const int64_t left = tile % across * outputSide - border;
        for (int64_t y = top; y < top + side; ++y) {
            for (int64_t x = left; x < left + side; ++x) {
                const bool isInside = y >= 0 && y < height && x >= 0 && x < width;
                *result++ = isInside ? values + ((image * height + y) * width + x) * channels : outside;
            }
        }
    }

    int64_t height;
    int64_t width;
    int64_t across; ///< in a row of tiles
    int64_t each;   ///< of a picture
    int64_t count;
};

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

struct BiasAndRelu
{
    const float* bias;
    bool relu;
    THAW_AVX2 Lanes operator()(Lanes value, int64_t channel) const
    {
        if (bias) {
            value += load(bias + channel);
        }
        return relu ? (value < 0.0f ? Lanes{} : value) : value; // not a number stays what it is
    }
};

struct AsIs
{
    THAW_AVX2 Lanes operator()(Lanes value, int64_t) const { return value; }
};

/// Floats that each thread of convolve() works in.
int64_t convolveFloats(const ConvolutionShape& shape)
{
    const int64_t tiles = tilesAtOnce(shape);
    return shape.inputs + places * (strideOf(tiles, shape.inputs) + strideOf(tiles, shape.outputs));
}

int64_t kernelGradientFloats(const ConvolutionShape& shape)
{
    const int64_t tiles = gradientTilesAtOnce(shape);
    return std::max(shape.inputs, shape.outputs) + transformedFloats(shape) +
           places * (strideOf(tiles, shape.inputs) + strideOf(tiles, shape.outputs));
}

/// A convolution with transformed kernels [36, outputs, inputs], or where `back` is set [36, inputs,
/// outputs].
void convolve(const ConvolutionShape& shape, const float* input, const float* transformed, bool back,
              BiasAndRelu finish, float* output, float* workspace, int threads)
{
    const Tiles tiles(shape);
    const int64_t step = tilesAtOnce(shape);
    const int64_t perThread = convolveFloats(shape);
    const int64_t parts = (tiles.count + step - 1) / step;
    // Each thread a part of its own, or where there are few all threads one part after the other.
    const int outside = parts >= 2 * int64_t(threads) ? threads : 1;
    const int inside = threads / outside;
    inParallel(parts, outside, [&](int64_t part, int thread) {
        const int64_t first = part * step;
        const int64_t count = std::min(step, tiles.count - first);
        float* const zeros = workspace + thread * perThread;
        float* const gathered = zeros + shape.inputs;
        float* const products = gathered + places * strideOf(step, shape.inputs);
        const int64_t inputStride = strideOf(count, shape.inputs);
        const int64_t outputStride = strideOf(count, shape.outputs);
        std::fill_n(zeros, shape.inputs, 0.0f);
        inParallel(count, inside, [&](int64_t i, int) {
            const float* sources[places];
            tiles.find<const float>(first + i, tileSide, input, shape.inputs, zeros, sources);
            scatter<InputTransform>(sources, shape.inputs, gathered + i * shape.inputs, inputStride);
        });
        inParallel(places, inside, [&](int64_t place, int) {
            product(false, !back, count, shape.outputs, shape.inputs, gathered + place * inputStride,
                    transformed + place * shape.inputs * shape.outputs, false,
                    products + place * outputStride);
        });
        inParallel(count, inside, [&](int64_t i, int) {
            float* targets[outputSide * outputSide];
            tiles.find<float>(first + i, outputSide, output, shape.outputs, nullptr, targets);
            gather<OutputTransform>(products + i * shape.outputs, outputStride, shape.outputs, targets,
                                    finish);
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
        scatter<KernelTransform>(sources, shape.inputs, transformed + output * shape.inputs,
                                 shape.outputs * shape.inputs);
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

bool isThere()
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

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

std::int64_t workspaceBytes(const ConvolutionShape& shape, int threads)
{
    const int64_t floats = std::max({transformedFloats(shape) + threads * convolveFloats(shape),
                                     transformedFloats(shape) + threads * convolveFloats(exchanged(shape)),
                                     kernelGradientFloats(shape)});
    return floats * int64_t(sizeof(float));
}

void forward(const ConvolutionShape& shape, const float* input, const float* kernel, const float* bias,
             float* output, Buffer& buffer, int threads)
{
    float* const transformed = buffer.atLeast(transformedFloats(shape) + threads * convolveFloats(shape));
    transformKernels(shape, kernel, false, transformed, threads);
    convolve(shape, input, transformed, false, {bias, false}, output, transformed + transformedFloats(shape),
             threads);
}

void inputGradient(const ConvolutionShape& shape, const float* outputGradient, const float* kernel,
                   float* gradient, Buffer& buffer, int threads)
{
    const ConvolutionShape back = exchanged(shape);
    float* const transformed = buffer.atLeast(transformedFloats(shape) + threads * convolveFloats(back));
    transformKernels(shape, kernel, true, transformed, threads);
    convolve(back, outputGradient, transformed, true, {nullptr, false}, gradient,
             transformed + transformedFloats(shape), threads);
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
    return threads * convolveFloats(shape) * int64_t(sizeof(float));
}

void forwardFrozen(const ConvolutionShape& shape, const float* input, const float* transformed,
                   const float* bias, float* output, Buffer& buffer, int threads)
{
    float* const workspace = buffer.atLeast(threads * convolveFloats(shape));
    convolve(shape, input, transformed, false, {bias, true}, output, workspace, threads);
}

void kernelGradient(const ConvolutionShape& shape, const float* input, const float* outputGradient,
                    float* gradient, float* biasGradient, Buffer& buffer, int threads)
{
    const Tiles tiles(shape);
    const int64_t step = gradientTilesAtOnce(shape);
    const int64_t kernelSize = shape.outputs * shape.inputs;
    float* const zeros = buffer.atLeast(kernelGradientFloats(shape));
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
            scatter<InputTransform>(sources, shape.inputs, inputTiles + i * shape.inputs, inputStride);
            tiles.find<const float>(first + i, outputSide, outputGradient, shape.outputs, zeros, sources);
            scatter<OutputGradientTransform>(sources, shape.outputs, gradientTiles + i * shape.outputs,
                                             gradientStride);
        });
        inParallel(places, threads, [&](int64_t place, int) {
            product(true, false, shape.outputs, shape.inputs, count, gradientTiles + place * gradientStride,
                    inputTiles + place * inputStride, first > 0, sums + place * kernelSize);
        });
    }
    inParallel(shape.outputs, threads, [&](int64_t output, int) {
        float* targets[9];
        for (int64_t i = 0; i < 9; ++i) {
            targets[i] = gradient + (output * 9 + i) * shape.inputs;
        }
        gather<KernelGradientTransform>(sums + output * shape.inputs, kernelSize, shape.inputs, targets,
                                        AsIs{});
    });
    sumPixels(shape, outputGradient, biasGradient, threads);
}

} // namespace thaw::avx2

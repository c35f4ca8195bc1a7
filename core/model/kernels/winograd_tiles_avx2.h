#pragma once

// Internal to core: what winograd_avx2.cpp transforms tiles with.

#include "core/model/kernels/winograd.h"

#include <cstdint>

// Only these functions are compiled for AVX2: the rest of the program must start on any processor.
#define THAW_AVX2 [[gnu::target("avx2,fma")]]

/// Winograd's transforms of tiles for F(4 × 4, 3 × 3), for all channels that lie beside each other.
namespace thaw::avx2 {

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

THAW_AVX2 inline Lanes load(const float* values)
{
    return *reinterpret_cast<const LanesInMemory*>(values);
}

THAW_AVX2 inline void store(float* values, Lanes lanes)
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

/// Values of a tile that lie anywhere: each has its pointer to its first channel.
struct AtPointers
{
    const float* const* values;
    THAW_AVX2 Lanes operator()(int64_t index, int64_t channel) const { return load(values[index] + channel); }
};

/// Values of a tile that lie `stride` floats apart.
struct Apart
{
    const float* first;
    int64_t stride;
    THAW_AVX2 Lanes operator()(int64_t index, int64_t channel) const
    {
        return load(first + index * stride + channel);
    }
};

struct ToPointers
{
    float* const* values;
    THAW_AVX2 void operator()(int64_t index, int64_t channel, Lanes lanes) const
    {
        store(values[index] + channel, lanes);
    }
};

struct ToApart
{
    float* first;
    int64_t stride;
    THAW_AVX2 void operator()(int64_t index, int64_t channel, Lanes lanes) const
    {
        store(first + index * stride + channel, lanes);
    }
};

/// The outputs of a convolution: null pointers are those beyond the border, which are left out.
struct ToOutputs
{
    float* const* values;
    const float* bias; ///< null for none
    bool relu;
    THAW_AVX2 void operator()(int64_t index, int64_t channel, Lanes lanes) const
    {
        if (!values[index]) {
            return;
        }
        if (bias) {
            lanes += load(bias + channel);
        }
        // Not a number stays what it is.
        store(values[index] + channel, relu ? (lanes < 0.0f ? Lanes{} : lanes) : lanes);
    }
};

/// A tile of `from` × `from` values becomes one of `to` × `to`, in all channels.
template <typename Transform, typename Source, typename Target>
THAW_AVX2 inline void transformTile(int64_t channels, Source source, Target target)
{
    constexpr int64_t given = Transform::from * Transform::from;
    constexpr int64_t made = Transform::to * Transform::to;
    for (int64_t c = 0; c < channels; c += laneCount) {
        Lanes values[given];
        Lanes results[made];
        for (int64_t i = 0; i < given; ++i) {
            values[i] = source(i, c);
        }
        transformLanes<Transform>(values, results);
        for (int64_t i = 0; i < made; ++i) {
            target(i, c, results[i]);
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
        , each(winogradTiles(height, width))
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

} // namespace thaw::avx2

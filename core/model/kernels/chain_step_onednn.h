#pragma once

// Internal to core: needs oneDNN.

#include "core/model/kernels/chain_layer.h"
#include "core/model/kernels/layouts_onednn.h"
#include "core/model/kernels/winograd_avx2.h"

#include <cstddef>
#include <memory>

namespace thaw {

dnnl::memory::data_type dataType(ChainType type);

/// What a thread's steps work in, one after the other.
struct StepWorkspace
{
    dnnl::stream stream{onednn::cpu()};
    onednn::Workspace layouts;
    avx2::Buffer tiles;
};

/// A frozen layer for a number of pictures that never changes, a convolution fused with its ReLU. How many of
/// OpenMP's threads the calling thread has must be the same whenever a step is made and run: what oneDNN
/// works in depends on it.
class ChainStep
{
public:
    virtual ~ChainStep() = default;

    virtual dnnl::memory::desc outputLayout() const = 0;

    /// Bytes that load() makes it hold, and those that load() works in.
    virtual std::size_t heldBytes() const = 0;
    virtual std::size_t loadingBytes() const = 0;
    /// Bytes that run() works in.
    virtual std::size_t workspaceBytes() const = 0;

    /// Takes the layer's weights over and makes ready. To be called once, before run().
    /// @throws std::exception no memory
    virtual void load(const ChainLayer& layer, StepWorkspace& workspace) = 0;

    /// @param input in the layout that the step was made for; @param output in outputLayout()
    /// @throws std::exception no memory
    virtual void run(const dnnl::memory& input, const dnnl::memory& output,
                     StepWorkspace& workspace) const = 0;
};

/// Whether makeStep() uses a convolution of ours instead of oneDNN's. It is fastest with many pictures.
bool isOwnConvolution(const ChainLayer& layer, ChainType type);

/// Whether a step is faster than LibTorch for such a layer on this processor.
/// @param images to be computed at a time; @param side of the square pictures
bool fitsStep(const ChainLayer& layer, std::int64_t images, int side, ChainType type);

/// @param input the layout that the step before gives
/// @param threads that the calling thread has
/// @pre fitsStep
std::unique_ptr<ChainStep> makeStep(const ChainLayer& layer, const dnnl::memory::desc& input, ChainType type,
                                    int threads);

} // namespace thaw

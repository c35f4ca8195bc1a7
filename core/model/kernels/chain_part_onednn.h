#pragma once

// Internal to core: needs oneDNN.

#include "core/model/kernels/chain_layer.h"
#include "core/model/kernels/chain_step_onednn.h"

#include <exception>
#include <span>
#include <vector>

namespace thaw {

/// What goes into a ChainPart, and how it shares its work out.
struct ChainPartShape
{
    ChainMap input;
    std::int64_t pictures = 0; ///< that go through all layers at a time, or as many with zeros for the rest
    int lanes = 1;             ///< threads that each take pictures of their own
    int threadsEach = 1;       ///< that compute a lane's pictures
};

/// Some of a FrozenChain's layers. One caller at a time.
class ChainPart
{
public:
    /// Without weights. @throws std::exception no memory
    ChainPart(std::span<const ChainLayer> layers, const ChainPartShape& shape, ChainType type);

    /// Bytes that it holds once it was loaded and has run.
    std::size_t bytes() const;

    /// The layers it was made of, with weights. To be called once, before run(). @throws std::exception no
    /// memory
    void load(std::span<const ChainLayer> layers);

    /// As FrozenChain::run(). @param pictures [count, side, side, channels] of the part's input
    void run(const float* pictures, std::int64_t count, std::span<const int> taps,
             std::span<void* const> outputs);

private:
    /// What one of the threads that share a batch computes in.
    struct Lane
    {
        StepWorkspace workspace;
        dnnl::memory input;                  ///< float32
        std::vector<std::byte> buffers[2];   ///< outputs of even and of odd steps
        std::vector<std::byte> lastPictures; ///< a tap's, when fewer than m_shape.pictures are left
        std::exception_ptr failure;
    };
    struct Task;

    std::size_t bufferBytes(std::size_t parity) const;
    std::size_t valueBytes() const;
    void runLane(Task& task, Lane& lane) const;
    void runPictures(const Task& task, std::int64_t first, Lane& lane) const;
    void writeTap(const dnnl::memory& values, std::int64_t count, void* output, Lane& lane) const;

    ChainPartShape m_shape;
    ChainType m_type;
    dnnl::memory::desc m_inputLayout; ///< of the first step
    std::vector<std::unique_ptr<ChainStep>> m_steps;
    std::vector<Lane> m_lanes;
};

} // namespace thaw

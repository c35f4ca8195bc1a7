#pragma once

namespace thaw {

/// What a run, or a part of it, computes: kinds of work that a machine does at different speeds.
struct ComputeWork
{
    double frozen = 0;  ///< multiply-adds of layers forward, without gradients
    double trained = 0; ///< multiply-adds of layers that train, forward and backward
    double updates = 0; ///< weights updated, each once a step
};

/// How much of each kind a machine does in a second.
struct ComputeSpeed
{
    double frozen = 0;
    double trained = 0;
    double updates = 0;

    bool isKnown() const { return frozen > 0 && trained > 0 && updates > 0; }
    /// Of a speed that is known.
    double secondsFor(const ComputeWork& work) const
    {
        return work.frozen / frozen + work.trained / trained + work.updates / updates;
    }
};

} // namespace thaw

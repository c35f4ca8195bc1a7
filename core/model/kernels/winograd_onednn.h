#pragma once

#include "core/model/kernels/winograd.h"

namespace thaw {

/// oneDNN's, for processors with AVX-512. It transforms some pictures at a time, so that what it works in
/// does not grow with the batch.
class OnednnWinograd : public Winograd
{
public:
    static bool isThere(); ///< whether oneDNN has it for this processor

    bool fits(const ConvolutionShape& shape) const override;
    std::int64_t workspaceBytes(const ConvolutionShape& shape) const override;
    void forward(const ConvolutionShape& shape, const float* input, const float* kernel, const float* bias,
                 float* output) const override;
    void inputGradient(const ConvolutionShape& shape, const float* outputGradient, const float* kernel,
                       float* inputGradient) const override;
    void kernelGradient(const ConvolutionShape& shape, const float* input, const float* outputGradient,
                        float* kernelGradient, float* biasGradient) const override;
};

} // namespace thaw

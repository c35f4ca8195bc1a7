#pragma once

#include "core/model/weights/weights.h"

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace thaw {

/// A tensor where it lies: in the model that the graph was made from.
struct TensorView
{
    std::string name; ///< in files: "features.24.weight", "head.dense1.bias"
    std::vector<std::int64_t> shape;
    std::span<const float> values;
};

/// RGB pixels on the 0–255 scale become the network's input: see Preprocessing.
struct PreprocessOperation
{
    Preprocessing convention;
};

/// 3 × 3, stride 1, a border of zeros; ends in ReLU. Kernel [outputs, inputs, 3, 3], of the first one in the
/// convention's channel order.
struct ConvolutionOperation
{
    std::string name; ///< Keras's: "block1_conv1"
    TensorView kernel;
    TensorView bias;
};

/// 2 × 2, stride 2; what is left over at the right and at the bottom is dropped.
struct MaxPoolOperation
{
    std::string name; ///< Keras's: "block1_pool"
};

/// In H, W, C order.
struct FlattenOperation
{
};

/// The mean over height and width.
struct AveragePoolOperation
{
};

/// The means, then the maxima times `maximumScale`.
struct AverageMaxPoolOperation
{
    double maximumScale = 1;
};

/// Does nothing but in training.
struct DropoutOperation
{
    double rate = 0;
};

/// Without activation. Kernel [outputs, inputs].
struct DenseOperation
{
    std::string name; ///< "dense1"
    TensorView kernel;
    TensorView bias;
};

/// One logit z becomes the two classes' probabilities, 1 − sigmoid(z) and sigmoid(z).
struct SigmoidOperation
{
};

struct SoftmaxOperation
{
};

using Operation = std::variant<PreprocessOperation, ConvolutionOperation, MaxPoolOperation, FlattenOperation,
                               AveragePoolOperation, AverageMaxPoolOperation, DropoutOperation,
                               DenseOperation, SigmoidOperation, SoftmaxOperation>;

/// A trained network from pixels to probabilities, one operation after the other. Every writer of a format
/// walks this; none tells VGG16 again.
struct ModelGraph
{
    int side = 0; ///< of the pictures, in pixels
    std::vector<Operation> operations;
};

/// @param model must outlive the graph
/// @throws Error WeightsInvalid where a tensor of the head is missing or has another shape
ModelGraph modelGraphOf(const ModelWeights& model);

/// What else is as it was, with the first kernel's inputs in RGB order: for formats whose pictures stay RGB.
struct RgbInput
{
    /// (pixel · scale − mean) / std, in R, G, B order.
    float scale = 1;
    std::array<float, 3> mean{};
    std::array<float, 3> std{};
    std::vector<float> firstKernel; ///< of the first convolution
};

RgbInput rgbInputOf(const ModelWeights& model);

/// For std::visit with a lambda for each kind.
template <class... Functions>
struct Overloaded : Functions...
{
    using Functions::operator()...;
};
template <class... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;

} // namespace thaw

#pragma once

// Internal to core: needs LibTorch.

#include "core/model/freeze_plan.h"
#include "core/model/kernels/frozen_chain.h"
#include "core/model/weights/weights.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace thaw {

/// A weight or bias under the name it has in files ("features.24.weight", "head.dense1.bias").
struct NamedParameter
{
    std::string name;
    at::Tensor tensor;
};

/// VGG16's base and a head as plain tensors. Layers are counted as in baseLayers(): 1 is block1_conv1, 18
/// block5_pool. Everything is float32; kernels lie channels-last in memory, which is faster on the CPU and
/// the tensor cores alike.
class Network
{
public:
    /// The head is zero until initialised or loaded.
    Network(const BaseWeights& base, const HeadSpec& head, c10::Device device);
    /// Base and head. @throws Error WeightsInvalid when a tensor does not fit
    Network(const ModelWeights& model, c10::Device device);

    /// Glorot-uniform kernels (Glorot & Bengio 2010: limit √(6 / (fan in + fan out))), zero biases, as
    /// Keras's Dense. @param output the kernel of the last layer
    void initialiseHead(std::uint64_t seed, OutputInitializer output = OutputInitializer::GlorotUniform);
    /// @throws Error WeightsInvalid when a tensor is missing or mis-shaped
    void loadHead(const HeadWeights& head);

    /// Layers first … last of the base on [N, C, H, W]; an empty range gives `x` back. Convolutions end in
    /// their ReLU.
    /// @param type of the arithmetic; the result is float32 in any case, and so are the gradients that reach
    /// the
    ///        weights
    at::Tensor forwardBase(at::Tensor x, int first, int last, at::ScalarType type = at::kFloat) const;
    /// Logits [N, outputs] from block5_pool's output.
    /// @param dropoutScale undefined for inference; else what the dropout layer's input is multiplied by, [N,
    /// units]
    at::Tensor forwardHead(const at::Tensor& features, const at::Tensor& dropoutScale = {}) const;
    /// Width of the dropout layer's input.
    std::int64_t dropoutUnits() const;

    /// All parameters in file order: base, then head.
    std::vector<NamedParameter> parameters() const;
    /// Those that train under `plan`: its convolutions, then always the head.
    std::vector<NamedParameter> trainable(const FreezePlan& plan) const;

    BaseWeights copyBase() const; ///< with the hash recomputed
    HeadWeights copyHead() const;

    const HeadSpec& headSpec() const { return m_headSpec; }
    const Preprocessing& preprocessing() const { return m_preprocessing; }
    const BackboneSpec& backbone() const { return m_backbone; }
    c10::Device device() const { return m_device; }

private:
    struct Layer
    {
        at::Tensor weight;
        at::Tensor bias;
    };

    std::array<Layer, convolutionCount> m_convolutions;
    std::vector<Layer> m_dense;
    HeadSpec m_headSpec;
    Preprocessing m_preprocessing;
    BackboneSpec m_backbone;
    std::string m_source;
    c10::Device m_device;
};

/// The frozen layers 1 … boundary−1 of a network, in the arithmetic asked for and without autograd. Shares
/// the network's weights, which must not change while this lives. One thread at a time.
class FrozenPrefix
{
public:
    FrozenPrefix(const Network& network, int boundary, at::ScalarType type);
    ~FrozenPrefix();
    FrozenPrefix(const FrozenPrefix&) = delete;
    FrozenPrefix& operator=(const FrozenPrefix&) = delete;

    int boundary() const { return m_boundary; }
    /// @param inputs [N, 3, H, W] float32
    /// @return what the boundary's layer takes in, float32
    at::Tensor forward(const at::Tensor& inputs) const;
    /// Inputs of several layers from one pass, in the type computed. @param taps ascending, each ≤ boundary
    std::vector<at::Tensor> forwardTaps(const at::Tensor& inputs, std::span<const int> taps) const;

private:
    std::vector<ChainLayer> chainLayers() const; ///< @pre !m_isPlain
    /// Makes the chain for pictures of this size, where they are fit for it.
    bool prepareChain(const at::Tensor& inputs) const;
    std::vector<at::Tensor> throughChain(const at::Tensor& inputs, std::span<const int> taps) const;
    std::vector<at::Tensor> throughLibTorch(const at::Tensor& inputs, std::span<const int> taps) const;

    int m_boundary;
    at::ScalarType m_type;
    // What serves is found out when the first pictures come, whose size only they tell. Weights are float32
    // for a chain, else of the type computed in.
    mutable std::vector<at::Tensor> m_weights;
    mutable std::vector<at::Tensor> m_biases;
    mutable std::unique_ptr<FrozenChain> m_chain;
    mutable int m_chainSide = 0;
    mutable bool m_isPlain = false; ///< LibTorch's own convolutions
};

/// A batch's [N, H, W, 3] values as [N, 3, H, W] on `device`, channels-last. Copies.
at::Tensor inputTensor(std::span<const float> values, std::int64_t count, int side, c10::Device device);

/// Probabilities [N, classes] from logits: sigmoid gives {1−p, p}, otherwise softmax.
at::Tensor probabilitiesOf(const at::Tensor& logits);

/// How a loss departs from plain cross-entropy, as Keras does it.
struct LossOptions
{
    /// Targets y become y(1−s) + s/K; with one sigmoid y(1−s) + s/2.
    double labelSmoothing = 0;
    /// [classes] float32, on the logits' device: what each picture's loss is multiplied by. The mean is over
    /// the pictures, not over their weights. Undefined: all 1.
    at::Tensor classWeights = {};
};

/// Mean loss of a batch from logits, as Keras computes it inside fit(): not capped.
/// @param labels [N] int64
at::Tensor lossOf(const at::Tensor& logits, const at::Tensor& labels, const LossOptions& options = {});
/// Which are right: logit > 0 is the second of two classes (accuracy at 0.5), else the greatest logit.
/// @return a truth for each picture
at::Tensor rightOf(const at::Tensor& logits, const at::Tensor& labels);
/// How many are.
std::int64_t correctOf(const at::Tensor& logits, const at::Tensor& labels);

} // namespace thaw

#include "core/model/network_torch.h"

#include "core/base/error.h"
#include "core/base/random.h"
#include "core/model/kernels/convolution_torch.h"
#include "core/model/kernels/dense_torch.h"
#include "core/model/kernels/frozen_chain.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace thaw {

namespace {

/// Per layer 1–18: index of its convolution, or −1 for a pool.
const std::array<int, baseLayerCount + 1>& convolutionOfLayer()
{
    static const auto table = [] {
        std::array<int, baseLayerCount + 1> result{};
        result.fill(-1);
        int layer = 1;
        int convolution = 0;
        for (int count : convolutionsPerBlock) {
            for (int i = 0; i < count; ++i) {
                result[static_cast<std::size_t>(layer++)] = convolution++;
            }
            ++layer;
        }
        return result;
    }();
    return table;
}

at::Tensor tensorOf(const std::vector<float>& values, at::IntArrayRef shape, c10::Device device)
{
    at::Tensor tensor = at::empty(shape, at::kFloat);
    std::memcpy(tensor.data_ptr<float>(), values.data(), values.size() * sizeof(float));
    return tensor.to(device);
}

std::vector<float> valuesOf(const at::Tensor& tensor)
{
    const at::Tensor plain = tensor.detach().to(at::kCPU, at::kFloat).contiguous();
    const float* data = plain.data_ptr<float>();
    return {data, data + plain.numel()};
}

at::Tensor runLayer(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias)
{
    return convolve(x, weight, bias).relu_();
}

at::Tensor pool(const at::Tensor& x)
{
    return at::max_pool2d(x, {2, 2}, {2, 2});
}

} // namespace

Network::Network(const BaseWeights& base, const HeadSpec& head, c10::Device device)
    : m_headSpec(head)
    , m_preprocessing(base.preprocessing)
    , m_backbone(base.backbone())
    , m_source(base.source)
    , m_device(device)
{
    for (std::size_t i = 0; i < m_convolutions.size(); ++i) {
        const ConvolutionWeights& layer = base.layers[i];
        m_convolutions[i].weight = tensorOf(layer.kernel, {layer.outputs, layer.inputs, 3, 3}, device)
                                       .contiguous(at::MemoryFormat::ChannelsLast);
        m_convolutions[i].bias = tensorOf(layer.bias, {layer.outputs}, device);
    }
    for (const DenseInfo& dense : headLayers(head)) {
        m_dense.push_back(
            {at::zeros({dense.outputs, dense.inputs}, device), at::zeros({dense.outputs}, device)});
    }
}

Network::Network(const ModelWeights& model, c10::Device device) : Network(model.base, model.headSpec, device)
{
    loadHead(model.head);
}

void Network::initialiseHead(std::uint64_t seed, OutputInitializer output)
{
    const std::vector<DenseInfo> layers = headLayers(m_headSpec);
    for (std::size_t i = 0; i < layers.size(); ++i) {
        RandomStream random(mixKey({seed, 0x68656164 /* "head" */, i}));
        const double limit = std::sqrt(6.0 / (layers[i].inputs + layers[i].outputs));
        std::vector<float> kernel(static_cast<std::size_t>(layers[i].inputs) * layers[i].outputs);
        std::generate(kernel.begin(), kernel.end(),
                      [&] { return static_cast<float>(random.uniform(-limit, limit)); });
        if (i + 1 == layers.size() && output == OutputInitializer::Zeros) {
            std::fill(kernel.begin(), kernel.end(), 0.0f);
        }
        m_dense[i].weight = tensorOf(kernel, {layers[i].outputs, layers[i].inputs}, m_device);
        m_dense[i].bias = at::zeros({layers[i].outputs}, m_device);
    }
}

void Network::loadHead(const HeadWeights& head)
{
    const std::vector<DenseInfo> layers = headLayers(m_headSpec);
    const auto find = [&](const std::string& name, const std::vector<std::int64_t>& shape) {
        const auto found = std::find_if(head.begin(), head.end(),
                                        [&](const NamedTensor& tensor) { return tensor.name == name; });
        if (found == head.end() || found->shape != shape) {
            throw Error(ErrorCode::WeightsInvalid, {},
                        "the tensor " + name + (found == head.end() ? " is missing" : " has another shape"));
        }
        return tensorOf(found->values, shape, m_device);
    };
    for (std::size_t i = 0; i < layers.size(); ++i) {
        m_dense[i].weight = find("head." + layers[i].name + ".weight", {layers[i].outputs, layers[i].inputs});
        m_dense[i].bias = find("head." + layers[i].name + ".bias", {layers[i].outputs});
    }
}

at::Tensor Network::forwardBase(at::Tensor x, int first, int last, at::ScalarType type) const
{
    if (first > last) {
        return x.to(at::kFloat); // nothing is computed that could be rounded
    }
    x = x.to(type);
    for (int layer = first; layer <= last; ++layer) {
        const int convolution = convolutionOfLayer()[static_cast<std::size_t>(layer)];
        if (convolution < 0) {
            x = pool(x);
            continue;
        }
        const Layer& tensors = m_convolutions[static_cast<std::size_t>(convolution)];
        x = runLayer(x, tensors.weight.to(type), tensors.bias.to(type));
    }
    return x.to(at::kFloat);
}

at::Tensor Network::forwardHead(const at::Tensor& features, const at::Tensor& dropoutScale) const
{
    const auto dropout = [&](const at::Tensor& x) { return dropoutScale.defined() ? x * dropoutScale : x; };
    if (m_headSpec.kind != HeadKind::Book) {
        at::Tensor pooled = features.mean({2, 3});
        if (m_headSpec.kind == HeadKind::AverageMax) {
            pooled = at::cat({pooled, features.amax({2, 3}) * maximumScale}, 1);
        }
        return dense(dropout(pooled), m_dense[0].weight, m_dense[0].bias);
    }
    // Keras flattens in H, W, C order.
    const at::Tensor flat = features.permute({0, 2, 3, 1}).reshape({features.size(0), -1});
    return dense(dropout(dense(flat, m_dense[0].weight, m_dense[0].bias)), m_dense[1].weight,
                 m_dense[1].bias);
}

std::int64_t Network::dropoutUnits() const
{
    return m_dense.back().weight.size(1);
}

std::vector<NamedParameter> Network::parameters() const
{
    FreezePlan everything = FreezePlan::unfreezeLast(baseLayerCount);
    return trainable(everything);
}

std::vector<NamedParameter> Network::trainable(const FreezePlan& plan) const
{
    std::vector<NamedParameter> result;
    for (int layer = 1; layer <= baseLayerCount; ++layer) {
        const int convolution = convolutionOfLayer()[static_cast<std::size_t>(layer)];
        if (convolution >= 0 && plan.isTrainable(layer)) {
            const auto index = static_cast<std::size_t>(convolution);
            const std::string name = "features." + std::to_string(torchvisionIndices()[index]);
            result.push_back({name + ".weight", m_convolutions[index].weight});
            result.push_back({name + ".bias", m_convolutions[index].bias});
        }
    }
    const std::vector<DenseInfo> layers = headLayers(m_headSpec);
    for (std::size_t i = 0; i < layers.size(); ++i) {
        result.push_back({"head." + layers[i].name + ".weight", m_dense[i].weight});
        result.push_back({"head." + layers[i].name + ".bias", m_dense[i].bias});
    }
    return result;
}

BaseWeights Network::copyBase() const
{
    BaseWeights base;
    base.preprocessing = m_preprocessing;
    base.source = m_source;
    for (std::size_t i = 0; i < m_convolutions.size(); ++i) {
        const Layer& layer = m_convolutions[i];
        base.layers[i] = {layer.weight.size(0), layer.weight.size(1), valuesOf(layer.weight),
                          valuesOf(layer.bias)};
    }
    base.hash = hashOf(base.layers);
    return base;
}

HeadWeights Network::copyHead() const
{
    HeadWeights head;
    for (const NamedParameter& parameter : trainable(FreezePlan())) {
        head.push_back({parameter.name, parameter.tensor.sizes().vec(), valuesOf(parameter.tensor)});
    }
    return head;
}

FrozenPrefix::FrozenPrefix(const Network& network, int boundary, at::ScalarType type)
    : m_boundary(boundary), m_type(type)
{
    const at::NoGradGuard guard;
    FreezePlan before;
    for (int layer = 1; layer < boundary; ++layer) {
        before.setTrainable(layer, true);
    }
    const std::vector<NamedParameter> parameters = network.trainable(before);
    for (std::size_t i = 0; i + 1 < parameters.size(); i += 2) {
        if (parameters[i].name.starts_with("features.")) {
            m_weights.push_back(parameters[i].tensor.detach());
            m_biases.push_back(parameters[i + 1].tensor.detach());
        }
    }
}

FrozenPrefix::~FrozenPrefix() = default;

std::vector<ChainLayer> FrozenPrefix::chainLayers() const
{
    std::vector<ChainLayer> layers;
    for (int layer = 1; layer < m_boundary; ++layer) {
        const int convolution = convolutionOfLayer()[static_cast<std::size_t>(layer)];
        if (convolution < 0) {
            layers.push_back({true});
            continue;
        }
        const at::Tensor& weight = m_weights[static_cast<std::size_t>(convolution)];
        const at::Tensor& bias = m_biases[static_cast<std::size_t>(convolution)];
        layers.push_back(
            {false, weight.size(1), weight.size(0), weight.data_ptr<float>(), bias.data_ptr<float>()});
    }
    return layers;
}

bool FrozenPrefix::prepareChain(const at::Tensor& inputs) const
{
    const auto side = static_cast<int>(inputs.size(2));
    if (m_isPlain || m_chainSide == side) {
        return !m_isPlain;
    }
    const ChainType type = m_type == at::kFloat ? ChainType::Float32 : ChainType::Bfloat16;
    if (inputs.is_cpu() && m_type != at::kHalf && FrozenChain::fits(chainLayers(), side, type)) {
        m_chain = std::make_unique<FrozenChain>(chainLayers(), side, type, at::get_num_threads());
        m_chainSide = side;
        return true;
    }
    // All or nothing: memory may run short on the way, and then this is called again.
    const auto converted = [this](const std::vector<at::Tensor>& tensors) {
        std::vector<at::Tensor> result;
        result.reserve(tensors.size());
        for (const at::Tensor& tensor : tensors) {
            result.push_back(tensor.to(m_type));
        }
        return result;
    };
    std::vector<at::Tensor> weights = converted(m_weights);
    m_biases = converted(m_biases);
    m_weights = std::move(weights);
    m_isPlain = true;
    return false;
}

at::Tensor FrozenPrefix::forward(const at::Tensor& inputs) const
{
    const int taps[] = {m_boundary};
    return forwardTaps(inputs, taps).front().to(at::kFloat);
}

std::vector<at::Tensor> FrozenPrefix::forwardTaps(const at::Tensor& inputs, std::span<const int> taps) const
{
    const at::NoGradGuard guard;
    return prepareChain(inputs) ? throughChain(inputs, taps) : throughLibTorch(inputs, taps);
}

std::vector<at::Tensor> FrozenPrefix::throughChain(const at::Tensor& inputs, std::span<const int> taps) const
{
    std::vector<at::Tensor> result;
    std::vector<int> depths;
    std::vector<void*> targets;
    std::vector<std::int64_t> shape = inputs.sizes().vec();
    auto tap = taps.begin();
    for (int layer = 1; tap != taps.end(); ++layer) {
        for (; tap != taps.end() && *tap == layer; ++tap) {
            result.push_back(at::empty(
                shape, inputs.options().dtype(m_type).memory_format(at::MemoryFormat::ChannelsLast)));
            depths.push_back(layer - 1);
            targets.push_back(result.back().data_ptr());
        }
        if (layer > baseLayerCount) {
            break;
        }
        const int convolution = convolutionOfLayer()[static_cast<std::size_t>(layer)];
        if (convolution < 0) {
            shape[2] /= 2;
            shape[3] /= 2;
        } else if (layer < m_boundary) {
            shape[1] = m_weights[static_cast<std::size_t>(convolution)].size(0);
        }
    }
    const at::Tensor pictures = inputs.contiguous(at::MemoryFormat::ChannelsLast);
    m_chain->run(pictures.data_ptr<float>(), pictures.size(0), depths, targets);
    return result;
}

std::vector<at::Tensor> FrozenPrefix::throughLibTorch(const at::Tensor& inputs,
                                                      std::span<const int> taps) const
{
    std::vector<at::Tensor> result;
    at::Tensor x = inputs.to(m_type);
    std::size_t convolution = 0;
    auto tap = taps.begin();
    for (int layer = 1; tap != taps.end(); ++layer) {
        for (; tap != taps.end() && *tap == layer; ++tap) {
            result.push_back(x);
        }
        if (tap == taps.end()) {
            break;
        }
        if (convolutionOfLayer()[static_cast<std::size_t>(layer)] < 0) {
            x = pool(x);
        } else {
            x = runLayer(x, m_weights[convolution], m_biases[convolution]);
            ++convolution;
        }
    }
    return result;
}

at::Tensor inputTensor(std::span<const float> values, std::int64_t count, int side, c10::Device device)
{
    at::Tensor tensor = at::empty({count, side, side, 3}, at::kFloat);
    std::memcpy(tensor.data_ptr<float>(), values.data(), values.size_bytes());
    return tensor.permute({0, 3, 1, 2}).to(device);
}

at::Tensor probabilitiesOf(const at::Tensor& logits)
{
    if (logits.size(1) == 1) {
        const at::Tensor p = at::sigmoid(logits);
        return at::cat({1 - p, p}, 1);
    }
    return at::softmax(logits, 1);
}

at::Tensor lossOf(const at::Tensor& logits, const at::Tensor& labels, const LossOptions& options)
{
    const double smoothing = options.labelSmoothing;
    const at::Tensor weights =
        options.classWeights.defined() ? options.classWeights.index_select(0, labels) : at::Tensor();
    if (logits.size(1) == 1) {
        at::Tensor targets = labels.to(logits.scalar_type());
        if (smoothing > 0) {
            targets = targets * (1 - smoothing) + smoothing / 2;
        }
        return at::binary_cross_entropy_with_logits(logits.squeeze(1), targets, weights);
    }
    if (!weights.defined()) {
        return at::cross_entropy_loss(logits, labels, {}, at::Reduction::Mean, -100, smoothing);
    }
    // LibTorch's own weights would divide by their sum.
    return (at::cross_entropy_loss(logits, labels, {}, at::Reduction::None, -100, smoothing) * weights)
        .mean();
}

at::Tensor rightOf(const at::Tensor& logits, const at::Tensor& labels)
{
    const at::Tensor predicted =
        logits.size(1) == 1 ? (logits.squeeze(1) > 0).to(at::kLong) : logits.argmax(1);
    return predicted.eq(labels);
}

std::int64_t correctOf(const at::Tensor& logits, const at::Tensor& labels)
{
    return rightOf(logits, labels).sum().item<std::int64_t>();
}

} // namespace thaw

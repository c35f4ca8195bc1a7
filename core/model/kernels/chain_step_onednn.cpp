#include "core/model/kernels/chain_step_onednn.h"

#include "core/model/kernels/winograd.h"

#include <algorithm>
#include <cstring>
#include <unordered_map>
#include <utility>

namespace thaw {

namespace {

using dnnl::memory;
using onednn::Workspace;
using Tag = memory::format_tag;

memory::desc biasLayout(std::int64_t outputs)
{
    return onednn::plain({outputs}, Tag::a);
}

memory biasOf(const ChainLayer& layer)
{
    memory bias(biasLayout(layer.outputs), onednn::cpu());
    std::memcpy(bias.get_data_handle(), layer.bias, static_cast<std::size_t>(layer.outputs) * sizeof(float));
    return bias;
}

const float* floatsOf(const memory& values)
{
    return static_cast<const float*>(values.get_data_handle());
}

/// The first layer's three colours are too few for Winograd's transform.
bool usesWinograd(const ChainLayer& layer, ChainType type)
{
    return !layer.isPool && type == ChainType::Float32 && layer.inputs != 3;
}

class OnednnConvolution : public ChainStep
{
public:
    OnednnConvolution(const ChainLayer& layer, const memory::desc& input, ChainType type)
        : m_description(descriptionOf(layer, input, type)), m_givesInput(m_description.src_desc() == input)
    {
    }

    memory::desc outputLayout() const override { return m_description.dst_desc(); }
    std::size_t heldBytes() const override { return m_description.weights_desc().get_size(); }
    std::size_t loadingBytes() const override { return plainKernel().get_size(); }
    std::size_t workspaceBytes() const override
    {
        return m_description.scratchpad_desc().get_size() +
               (m_givesInput ? 0 : m_description.src_desc().get_size());
    }

    void load(const ChainLayer& layer, StepWorkspace& workspace) override
    {
        const memory ordered =
            onednn::kernelInLayout(layer.kernel, plainKernel(), workspace.layouts, workspace.stream);
        m_weights = memory(m_description.weights_desc(), onednn::cpu());
        onednn::copy(ordered, m_weights, workspace.stream);
        m_bias = biasOf(layer);
        m_primitive = dnnl::convolution_forward(m_description);
    }

    void run(const memory& input, const memory& output, StepWorkspace& workspace) const override
    {
        m_primitive.execute(
            workspace.stream,
            {{DNNL_ARG_SRC, onednn::inLayout(input, m_description.src_desc(), workspace.layouts,
                                             Workspace::Input, workspace.stream)},
             {DNNL_ARG_DST, output},
             {DNNL_ARG_WEIGHTS, m_weights},
             {DNNL_ARG_BIAS, m_bias},
             {DNNL_ARG_SCRATCHPAD,
              workspace.layouts.get(Workspace::Scratchpad, m_description.scratchpad_desc())}});
        workspace.stream.wait();
    }

private:
    static dnnl::convolution_forward::primitive_desc descriptionOf(const ChainLayer& layer,
                                                                   const memory::desc& input, ChainType type)
    {
        const bool winograd = usesWinograd(layer, type);
        // Our own transforms read no other layout.
        const bool feedsOwn = type == ChainType::Float32 && winogradKind() == WinogradKind::Avx2;
        memory::dims outputs = input.dims();
        outputs[1] = layer.outputs;
        const dnnl::convolution_forward::desc forward(
            dnnl::prop_kind::forward_inference,
            winograd ? dnnl::algorithm::convolution_winograd : dnnl::algorithm::convolution_direct,
            winograd ? onednn::anyLayout(input.dims()) : input,
            onednn::anyLayout({layer.outputs, layer.inputs, 3, 3}, dataType(type)), biasLayout(layer.outputs),
            onednn::plain(outputs, feedsOwn ? Tag::nhwc : Tag::any, dataType(type)), onednn::one, onednn::one,
            onednn::one);
        dnnl::post_ops relu;
        relu.append_eltwise(1, dnnl::algorithm::eltwise_relu, 0, 0);
        dnnl::primitive_attr attributes;
        attributes.set_post_ops(relu);
        attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
        return {forward, attributes, onednn::cpu()};
    }

    memory::desc plainKernel() const { return onednn::plain(m_description.weights_desc().dims(), Tag::oihw); }

    dnnl::convolution_forward::primitive_desc m_description;
    dnnl::convolution_forward m_primitive; ///< code is generated for it: once it is to run
    bool m_givesInput;                     ///< whether the step before gives the layout that this one reads
    memory m_weights;
    memory m_bias;
};

class OnednnPool : public ChainStep
{
public:
    explicit OnednnPool(const memory::desc& input) : m_description(descriptionOf(input)) {}

    memory::desc outputLayout() const override { return m_description.dst_desc(); }
    std::size_t heldBytes() const override { return 0; }
    std::size_t loadingBytes() const override { return 0; }
    std::size_t workspaceBytes() const override { return 0; }
    void load(const ChainLayer&, StepWorkspace&) override
    {
        m_primitive = dnnl::pooling_forward(m_description);
    }

    void run(const memory& input, const memory& output, StepWorkspace& workspace) const override
    {
        m_primitive.execute(workspace.stream, {{DNNL_ARG_SRC, input}, {DNNL_ARG_DST, output}});
        workspace.stream.wait();
    }

private:
    static dnnl::pooling_forward::primitive_desc descriptionOf(const memory::desc& input)
    {
        memory::dims dims = input.dims();
        dims[2] /= 2;
        dims[3] /= 2;
        const dnnl::pooling_forward::desc forward(
            dnnl::prop_kind::forward_inference, dnnl::algorithm::pooling_max, input,
            onednn::anyLayout(dims, input.data_type()), {2, 2}, {2, 2}, {0, 0}, {0, 0});
        return {forward, onednn::cpu()};
    }

    dnnl::pooling_forward::primitive_desc m_description;
    dnnl::pooling_forward m_primitive;
};

class Avx2Convolution : public ChainStep
{
public:
    Avx2Convolution(const ChainLayer& layer, const memory::desc& input, int threads)
        : m_shape{input.dims()[0], layer.inputs, layer.outputs, input.dims()[2], input.dims()[3]}
        , m_threads(threads)
    {
    }

    memory::desc outputLayout() const override
    {
        return onednn::plain({m_shape.images, m_shape.outputs, m_shape.height, m_shape.width}, Tag::nhwc);
    }
    std::size_t heldBytes() const override
    {
        return static_cast<std::size_t>(avx2::transformedFloats(m_shape)) * sizeof(float);
    }
    std::size_t loadingBytes() const override { return 0; }
    std::size_t workspaceBytes() const override
    {
        return static_cast<std::size_t>(avx2::frozenBytes(m_shape, m_threads));
    }

    void load(const ChainLayer& layer, StepWorkspace&) override
    {
        avx2::transformKernel(m_shape, layer.kernel, m_kernel.atLeast(avx2::transformedFloats(m_shape)),
                              m_threads);
        m_bias = biasOf(layer);
    }

    void run(const memory& input, const memory& output, StepWorkspace& workspace) const override
    {
        avx2::forwardFrozen(m_shape, floatsOf(input), m_kernel.values(), floatsOf(m_bias),
                            static_cast<float*>(output.get_data_handle()), workspace.tiles, m_threads);
    }

private:
    ConvolutionShape m_shape;
    int m_threads;
    avx2::Buffer m_kernel;
    memory m_bias;
};

} // namespace

memory::data_type dataType(ChainType type)
{
    return type == ChainType::Bfloat16 ? memory::data_type::bf16 : memory::data_type::f32;
}

bool isOwnConvolution(const ChainLayer& layer, ChainType type)
{
    return usesWinograd(layer, type) && winogradKind() == WinogradKind::Avx2;
}

bool fitsStep(const ChainLayer& layer, std::int64_t images, int side, ChainType type)
{
    if (layer.isPool) {
        return true;
    }
    return layer.outputs % 16 == 0 &&
           (!usesWinograd(layer, type) || winogradFor({images, layer.inputs, layer.outputs, side, side}));
}

std::unique_ptr<ChainStep> makeStep(const ChainLayer& layer, const memory::desc& input, ChainType type,
                                    int threads)
{
    if (layer.isPool) {
        return std::make_unique<OnednnPool>(input);
    }
    if (isOwnConvolution(layer, type)) {
        return std::make_unique<Avx2Convolution>(layer, input, threads);
    }
    return std::make_unique<OnednnConvolution>(layer, input, type);
}

} // namespace thaw

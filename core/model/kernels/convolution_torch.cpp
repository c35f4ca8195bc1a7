#include "core/model/kernels/convolution_torch.h"

#include "core/model/kernels/winograd.h"

#include <torch/csrc/autograd/custom_function.h>

namespace thaw {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr auto channelsLast = at::MemoryFormat::ChannelsLast;

ConvolutionShape shapeOf(const at::Tensor& x, const at::Tensor& weight)
{
    return {x.size(0), x.size(1), weight.size(0), x.size(2), x.size(3)};
}

struct WinogradConvolution : torch::autograd::Function<WinogradConvolution>
{
    static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& weight,
                              const at::Tensor& bias)
    {
        const at::Tensor input = x.contiguous(channelsLast);
        const at::Tensor kernel = weight.contiguous(channelsLast);
        context->save_for_backward({input, kernel});
        const ConvolutionShape shape = shapeOf(input, kernel);
        at::Tensor output = at::empty({shape.images, shape.outputs, shape.height, shape.width},
                                      x.options().memory_format(channelsLast));
        winogradFor(shape)->forward(shape, input.data_ptr<float>(), kernel.data_ptr<float>(),
                                    bias.contiguous().data_ptr<float>(), output.data_ptr<float>());
        return output;
    }

    static variable_list backward(AutogradContext* context, const variable_list& gradients)
    {
        const variable_list saved = context->get_saved_variables();
        const at::Tensor& input = saved[0];
        const at::Tensor& kernel = saved[1];
        const ConvolutionShape shape = shapeOf(input, kernel);
        const Winograd& winograd = *winogradFor(shape);
        const at::Tensor gradient = gradients[0].contiguous(channelsLast);
        variable_list result(3);
        if (context->needs_input_grad(0)) {
            result[0] = at::empty_like(input);
            winograd.inputGradient(shape, gradient.data_ptr<float>(), kernel.data_ptr<float>(),
                                   result[0].data_ptr<float>());
        }
        if (context->needs_input_grad(1) || context->needs_input_grad(2)) {
            result[1] = at::empty_like(kernel);
            result[2] = at::empty({shape.outputs}, kernel.options());
            winograd.kernelGradient(shape, input.data_ptr<float>(), gradient.data_ptr<float>(),
                                    result[1].data_ptr<float>(), result[2].data_ptr<float>());
        }
        return result;
    }
};

} // namespace

at::Tensor convolve(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias)
{
    if (x.is_cpu() && x.scalar_type() == at::kFloat && winogradFor(shapeOf(x, weight))) {
        return WinogradConvolution::apply(x, weight, bias);
    }
    return at::conv2d(x, weight, bias, 1, 1);
}

} // namespace thaw

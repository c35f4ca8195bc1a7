#include "core/model/kernels/dense_torch.h"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

namespace thaw {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// The same values without what autograd knows of them: threads that slice one tensor would all lock that.
at::Tensor valuesOf(const at::Tensor& tensor)
{
    return tensor.variable_data();
}

/// Multiply-adds that are worth a thread.
constexpr std::int64_t worthAThread = 1 << 20;

/// Calls part(first, count) for all of `size`, on several threads; each unit of it is so many multiply-adds.
template <typename Part>
void inShares(std::int64_t size, std::int64_t multiplyAdds, Part part)
{
    const std::int64_t least =
        std::max<std::int64_t>(16, worthAThread / std::max<std::int64_t>(1, multiplyAdds));
    at::parallel_for(0, size, least, [&](std::int64_t begin, std::int64_t end) {
        const at::NoGradGuard guard; // of this thread
        part(begin, end - begin);
    });
}

struct DenseLayer : torch::autograd::Function<DenseLayer>
{
    static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& weight,
                              const at::Tensor& bias)
    {
        const at::Tensor input = x.contiguous();
        const at::Tensor kernel = weight.contiguous();
        context->save_for_backward({input, kernel});
        const at::Tensor inputs = valuesOf(input);
        const at::Tensor kernels = valuesOf(kernel);
        const at::Tensor biases = valuesOf(bias);
        at::Tensor output = at::empty({input.size(0), kernel.size(0)}, input.options());
        inShares(kernel.size(0), input.numel(), [&](std::int64_t first, std::int64_t count) {
            at::Tensor share = output.narrow(1, first, count);
            at::addmm_out(share, biases.narrow(0, first, count), inputs, kernels.narrow(0, first, count).t());
        });
        return output;
    }

    static variable_list backward(AutogradContext* context, const variable_list& gradients)
    {
        const variable_list saved = context->get_saved_variables();
        const at::Tensor input = valuesOf(saved[0]);
        const at::Tensor kernel = valuesOf(saved[1]);
        const at::Tensor gradient = valuesOf(gradients[0].contiguous());
        variable_list result(3);
        if (context->needs_input_grad(0)) {
            result[0] = at::empty_like(input);
            inShares(input.size(1), gradient.numel(), [&](std::int64_t first, std::int64_t count) {
                at::Tensor share = result[0].narrow(1, first, count);
                at::mm_out(share, gradient, kernel.narrow(1, first, count));
            });
        }
        if (context->needs_input_grad(1)) {
            result[1] = at::empty_like(kernel);
            inShares(kernel.size(0), input.numel(), [&](std::int64_t first, std::int64_t count) {
                at::Tensor share = result[1].narrow(0, first, count);
                at::mm_out(share, gradient.narrow(1, first, count).t(), input);
            });
        }
        if (context->needs_input_grad(2)) {
            result[2] = gradient.sum(0);
        }
        return result;
    }
};

} // namespace

at::Tensor dense(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias)
{
    if (x.is_cpu() && x.scalar_type() == at::kFloat) {
        return DenseLayer::apply(x, weight, bias);
    }
    return at::linear(x, weight, bias);
}

} // namespace thaw

#include "core/export/onnx_operations.h"

#include <algorithm>
#include <atomic>
#include <thread>

namespace thaw {

namespace {

constexpr double workLimit = 1e12; ///< multiply-adds: some twenty times VGG16's for the largest pictures

/// A picture's channels with a border of zeros, so that each tap of a kernel is a shifted row.
struct Padded
{
    std::size_t height; ///< without the border
    std::size_t width;
    std::size_t stride; ///< of a row
    std::size_t plane;  ///< of a channel
    std::vector<float> values;
};

Padded padded(const float* input, std::size_t channels, std::size_t height, std::size_t width)
{
    Padded result{height, width, width + 2, (height + 2) * (width + 2), {}};
    result.values.assign(channels * result.plane, 0.0f);
    for (std::size_t channel = 0; channel < channels; ++channel) {
        for (std::size_t y = 0; y < height; ++y) {
            const float* row = input + (channel * height + y) * width;
            std::copy(row, row + width,
                      result.values.data() + channel * result.plane + (y + 1) * result.stride + 1);
        }
    }
    return result;
}

/// One output channel: the sum over input channels and over rows of the kernel.
void convolve(const Padded& input, const float* kernel, std::size_t channels, float bias, float* output)
{
    std::fill(output, output + input.height * input.width, bias);
    for (std::size_t channel = 0; channel < channels; ++channel) {
        const float* plane = input.values.data() + channel * input.plane;
        for (std::size_t tap = 0; tap < 3; ++tap) {
            const float left = kernel[channel * 9 + tap * 3];
            const float middle = kernel[channel * 9 + tap * 3 + 1];
            const float right = kernel[channel * 9 + tap * 3 + 2];
            for (std::size_t y = 0; y < input.height; ++y) {
                const float* row = plane + (y + tap) * input.stride;
                float* sums = output + y * input.width;
                for (std::size_t x = 0; x < input.width; ++x) {
                    sums[x] += left * row[x] + middle * row[x + 1] + right * row[x + 2];
                }
            }
        }
    }
}

} // namespace

OnnxTensor onnxConvolution(const OnnxNode& node, const std::vector<const OnnxTensor*>& inputs)
{
    using Shape = std::vector<std::int64_t>;
    if (inputs.size() != 3 || !inputs[0] || !inputs[1] || !inputs[2] || inputs[0]->shape.size() != 4 ||
        inputs[1]->shape.size() != 4)
    {
        throwOnnxInvalid("a convolution lacks an input");
    }
    const Shape& from = inputs[0]->shape;
    const Shape& kernel = inputs[1]->shape;
    if (node.numbersOf("kernel_shape", {0, 0}) != Shape{3, 3} ||
        node.numbersOf("pads", {0, 0, 0, 0}) != Shape{1, 1, 1, 1} ||
        node.numbersOf("strides", {1, 1}) != Shape{1, 1} || node.numbers.size() > 3 || !node.texts.empty() ||
        kernel[1] != from[1] || kernel[2] != 3 || kernel[3] != 3 || inputs[2]->shape != Shape{kernel[0]})
    {
        throwOnnxInvalid("a convolution's shapes do not fit each other");
    }
    OnnxTensor result{{from[0], kernel[0], from[2], from[3]}, {}};
    std::vector<float> values(elementCount(result.shape));
    if (double(values.size()) * double(from[1]) * 9 > workLimit) {
        throwOnnxInvalid("a convolution is far too large");
    }
    const auto channels = static_cast<std::size_t>(from[1]);
    const auto outputs = static_cast<std::size_t>(kernel[0]);
    const auto height = static_cast<std::size_t>(from[2]);
    const auto width = static_cast<std::size_t>(from[3]);
    const float* weights = floatsOf(*inputs[1]).data();
    const float* biases = floatsOf(*inputs[2]).data();
    for (std::size_t picture = 0; picture < static_cast<std::size_t>(from[0]); ++picture) {
        const Padded input = padded(floatsOf(*inputs[0]).data() + picture * channels * height * width,
                                    channels, height, width);
        float* start = values.data() + picture * outputs * height * width;
        std::atomic<std::size_t> next = 0;
        const auto work = [&] {
            for (std::size_t output = next++; output < outputs; output = next++) {
                convolve(input, weights + output * channels * 9, channels, biases[output],
                         start + output * height * width);
            }
        };
        std::vector<std::jthread> threads;
        for (unsigned i = 1; i < std::max(1u, std::thread::hardware_concurrency()); ++i) {
            threads.emplace_back(work);
        }
        work();
    }
    result.values = std::move(values);
    return result;
}

} // namespace thaw
